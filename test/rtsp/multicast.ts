/** Run by a test in a network of its own. Arguments: the ring, the multicast options as JSON. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { loadNative } from '../../src/native/load.js';
import type { RtspEvent, RtspOptions } from '../../src/native/port.js';
import { viewerPath } from './rig.js';

const [ring = '', json = 'null'] = process.argv.slice(2);
const events: RtspEvent[] = [];
const server = await loadNative().createRtspServer(
  {
    host: '127.0.0.1',
    port: 0,
    udpPorts: [18_000, 18_100],
    multicast: JSON.parse(json) as RtspOptions['multicast'],
  },
  (event) => events.push(event),
);
await server.mount({ path: '/cam', ring, codec: 'h264' });
const viewer = spawn(viewerPath, [`rtsp://127.0.0.1:${server.port}/cam`, 'multicast'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const [line] = (await once(createInterface(viewer.stdout), 'line', {
  signal: AbortSignal.timeout(15_000),
})) as [string];
const playing = events.find((event) => event.event === 'playing');
process.stdout.write(`${playing?.transport} ${line.split(' ')[0]}\n`);
viewer.kill('SIGKILL');
await server.close();
