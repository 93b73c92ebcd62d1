import { networkInterfaces } from 'node:os';
import type { Appliance } from '../app/appliance.js';
import { hostInUrl } from '../app/listener.js';
import { isLoopback } from '../profile/hosts.js';

type Reached = Pick<Appliance, 'addresses' | 'access'>;

/** How other machines get in: through a tunnel, or by these addresses and with this password. */
export function reach({ addresses, access }: Reached, ofThisMachine = networkAddresses()): string[] {
  const { http, rtsp } = addresses.hosts;
  if (isLoopback(http) && isLoopback(rtsp)) return tunnel(addresses);
  const lines = [
    ...hostsOf(http, ofThisMachine).map((host) => `  http://${host}:${portOf(addresses.http)}/`),
    ...hostsOf(rtsp, ofThisMachine).map((host) => `  rtsp://${host}:${portOf(addresses.rtsp)}/CAMERA/STREAM`),
  ];
  return ['From other machines:', ...lines, ...passwordLines(access)];
}

/** What a person has to know to get in. */
function passwordLines({ asks, lanUser }: Appliance['access']): string[] {
  if (!asks) return ['', 'Nobody is asked for a password: the profile says auth: none.'];
  if (!lanUser) return ['', 'A user and a password are asked for, as the profile has them.'];
  const { name, password, file } = lanUser;
  if (password === null)
    return [
      '',
      `User ${name}, with the password that was shown when it was made.`,
      `For a new one remove ${file} and start again.`,
    ];
  return [
    '',
    `  user      ${name}`,
    `  password  ${password}`,
    '',
    `Note it down: it is shown this once. Its hash is kept in ${file};`,
    'when you remove that file, the next start makes a new password.',
  ];
}

function tunnel({ http, rtsp }: Appliance['addresses']): string[] {
  const forwards = [http, rtsp]
    .map((address) => new URL(address.replace(/^rtsp:/, 'http:')))
    .map(({ hostname, port }) => `-L ${port || 80}:${hostname}:${port || 80}`);
  return [
    'Only this machine can open these addresses. To open them to the network, with a password,',
    'start with --lan. Or open a tunnel from another machine, and use the same addresses there',
    '(RTSP over TCP):',
    `  ssh ${forwards.join(' ')} USER@THIS-MACHINE`,
  ];
}

function portOf(address: string): string {
  return /:(\d+)$/.exec(address)?.[1] ?? '';
}

function hostsOf(host: string, ofThisMachine: readonly string[]): string[] {
  if (isLoopback(host)) return [];
  if (host !== '::' && host !== '0.0.0.0') return [hostInUrl(host)];
  return ofThisMachine.filter((address) => host === '::' || !address.includes(':')).map(hostInUrl);
}

/** Addresses that other machines may know; link-local ones need an interface beside them, which browsers refuse. */
function networkAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .filter(({ internal, address }) => !internal && !/^fe80:/i.test(address))
    .map(({ address }) => address);
}
