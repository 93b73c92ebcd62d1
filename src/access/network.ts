import { isIPv6 } from 'node:net';

/** As people write it: a socket of both kinds tells of IPv4 addresses in the clothes of IPv6. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

/** Whom attempts are counted for: an IPv4 address, or the /64 network of an IPv6 one, of which a host has any address. */
export function attemptsKey(address: string): string {
  const plain = plainAddress(address).replace(/%.*$/, '');
  return isIPv6(plain) ? `${groupsOf(plain).slice(0, 4).join(':')}::/64` : plain;
}

function groupsOf(address: string): string[] {
  const [head = '', tail] = address.split('::');
  const before = head.split(':').filter(Boolean);
  const after = (tail ?? '').split(':').filter(Boolean);
  const missing = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const all = [...before, ...Array.from({ length: missing }, () => '0'), ...after];
  return all.map((group) => Number.parseInt(group, 16).toString(16));
}
