/** Run by a test: plays, and then ends without closing anything. Arguments: the ring, the way to end. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import { loadNative } from '../../src/native/load.js';

const [ring = '', end = ''] = process.argv.slice(2);

async function play(): Promise<void> {
  const server = await loadNative().createRtspServer(
    { host: '127.0.0.1', port: 0, udpPorts: [18_300, 18_400], multicast: null, users: null },
    () => {},
  );
  await server.mount({ path: '/cam', ring, codec: 'h264', backlog: 30 });
  const url = `rtsp://127.0.0.1:${server.port}/cam`;
  const socket = connect(server.port, '127.0.0.1');
  let text = '';
  const ask = async (request: string) => {
    text = '';
    socket.write(request);
    while (!text.includes('\r\n\r\n')) text += String(await once(socket, 'data'));
  };
  await ask(`DESCRIBE ${url} RTSP/1.0\r\nCSeq: 1\r\n\r\n`);
  await ask(
    `SETUP ${url}/stream=0 RTSP/1.0\r\nCSeq: 2\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n`,
  );
  const session = /Session: ([^;\r]+)/.exec(text)?.[1] ?? '';
  await ask(`PLAY ${url}/ RTSP/1.0\r\nCSeq: 3\r\nSession: ${session}\r\n\r\n`);
  await once(socket, 'data');
  process.stdout.write('playing\n');
}

if (end === 'process.exit(0)') {
  await play();
  process.exit(0);
} else if (end === 'worker.terminate()') {
  const worker = new Worker(new URL(import.meta.url), { argv: [ring, 'wait'], stdout: true });
  await once(worker.stdout, 'data');
  await worker.terminate();
  process.stdout.write('playing\n');
} else {
  await play();
}
