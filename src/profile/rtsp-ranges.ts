/** `8000-8100`; null if it is not two ports, the first the lower one. */
export function parsePortRange(text: string): [number, number] | null {
  const match = /^(\d{1,5})-(\d{1,5})$/.exec(text.trim());
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  return match && first >= 1024 && last <= 65535 && first < last ? [first, last] : null;
}

/** `239.255.42.1-239.255.42.100`, or a single address; null if they are not multicast IPv4 in order. */
export function parseMulticastRange(text: string): { first: string; last: string } | null {
  const [first = '', last = first, ...more] = text.split('-').map((part) => part.trim());
  const [low, high] = [ipv4(first), ipv4(last)];
  if (more.length > 0 || low === null || high === null || low > high) return null;
  const multicast = (address: number) => address >>> 28 === 0xe;
  return multicast(low) && multicast(high) ? { first, last } : null;
}

function ipv4(text: string): number | null {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (!parts || parts.some((part) => part > 255)) return null;
  return parts.reduce((address, part) => address * 256 + part, 0);
}
