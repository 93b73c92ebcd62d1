/** The addresses on which the profile listens. */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { explainListen, hostAndPort } from '../../app/listener.js';
import { codeOf } from '../../base/error.js';
import type { Profile } from '../../profile/profile.js';
import { type Finding, fault, fine, warning } from './finding.js';

/** Null: it can be had. Otherwise what the system says to a program that asks for it. */
export type TryListen = (kind: 'tcp' | 'udp', host: string, port: number) => Promise<unknown>;

interface Address {
  host: string;
  port: number;
  key: string;
}

export async function checkPorts(profile: Profile, tryListen: TryListen): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const address of addressesOf(profile)) findings.push(await checkAddress(address, tryListen));
  return [...findings, await checkUdp(profile, tryListen)];
}

async function checkAddress({ host, port, key }: Address, tryListen: TryListen): Promise<Finding> {
  if (port === 0) return fine('ports', `${host}: any port that is free (${key})`);
  const address = hostAndPort(host, port);
  const error = await tryListen('tcp', host, port);
  if (error === null) return fine('ports', `${address} is free (${key})`);
  const explained = explainListen(error, address, key);
  const fix =
    explained.code === 'address-in-use' ? `sudo ss -ltnp 'sport = :${port}' shows who has it` : null;
  return fault('ports', explained.code, explained.message, fix);
}

async function checkUdp({ rtsp }: Profile, tryListen: TryListen): Promise<Finding> {
  const [first, last] = rtsp.udp.ports;
  let used = 0;
  for (let port = first; port <= last; port++) if ((await tryListen('udp', rtsp.host, port)) !== null) used++;
  const told = `${last - first + 1 - used} of the UDP ports ${first}-${last} are free`;
  if (used === 0) return fine('ports', `${told} (rtsp.udp.ports)`);
  return warning(
    'ports',
    `${told}: each RTSP client over UDP takes two`,
    'give rtsp.udp.ports another range',
  );
}

function addressesOf({ http, rtsp, cameras }: Profile): Address[] {
  const own = Object.entries(cameras).flatMap(([camera, { streams }]) =>
    Object.entries(streams).flatMap(([name, stream]) =>
      stream.codec === 'jpeg' && stream.port !== undefined
        ? [{ host: http.host, port: stream.port, key: `cameras.${camera}.streams.${name}.port` }]
        : [],
    ),
  );
  return [{ ...http, key: 'http.port' }, { host: rtsp.host, port: rtsp.port, key: 'rtsp.port' }, ...own];
}

/** Listens for a moment. */
export const listenForReal: TryListen = (kind, host, port) =>
  new Promise((resolve) => {
    const done = (error: unknown) => resolve(codeOf(error) === undefined ? null : error);
    if (kind === 'tcp') {
      const server = createServer().once('error', done);
      server.listen({ host, port }, () => server.close(done));
    } else {
      const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4').once('error', done);
      socket.bind(port, host, () => socket.close(() => done(null)));
    }
  });
