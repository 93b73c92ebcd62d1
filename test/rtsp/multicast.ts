/**
 * Run by a test in a network namespace of its own: the server here, the viewer
 * in a second one, for on one machine the two would want the same ports of the
 * group. Arguments: the ring, the multicast options as JSON.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { loadNative } from '../../src/native/load.js';
import type { RtspEvent, RtspOptions } from '../../src/native/port.js';
import { until, viewerPath } from './rig.js';

const [ring = '', json = 'null'] = process.argv.slice(2);
const ip = (...args: string[]) => execFileSync('ip', args);

const other = spawn('unshare', ['-n', 'sleep', '60'], { stdio: 'ignore' });
const inOther = ['-t', String(other.pid), '-n'];
const namespace = (pid: string) => readlinkSync(`/proc/${pid}/ns/net`);
await until('a second network', () => namespace(String(other.pid)) !== namespace('self'));
ip('link', 'add', 'near', 'type', 'veth', 'peer', 'name', 'far', 'netns', String(other.pid));
const setUp = (device: string, address: string) =>
  `ip addr add ${address}/24 dev ${device} && ip link set ${device} up && ip route add 224.0.0.0/4 dev ${device}`;
execFileSync('sh', ['-c', setUp('near', '10.77.0.1')]);
execFileSync('nsenter', [...inOther, 'sh', '-c', setUp('far', '10.77.0.2')]);

const events: RtspEvent[] = [];
const server = await loadNative().createRtspServer(
  {
    host: '10.77.0.1',
    port: 0,
    udpPorts: [18_000, 18_100],
    multicast: JSON.parse(json) as RtspOptions['multicast'],
    users: null,
  },
  (event) => events.push(event),
);
await server.mount({ path: '/cam', ring, codec: 'h264', backlog: 30 });
const url = `rtsp://10.77.0.1:${server.port}/cam`;
const viewer = spawn('nsenter', [...inOther, viewerPath, url, 'multicast'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const [line] = (await once(createInterface(viewer.stdout), 'line', {
  signal: AbortSignal.timeout(15_000),
})) as [string];
const playing = events.find((event) => event.event === 'playing');
process.stdout.write(`${playing?.transport} ${line.split(' ')[0]}\n`);
viewer.kill('SIGKILL');
other.kill('SIGKILL');
await server.close();
