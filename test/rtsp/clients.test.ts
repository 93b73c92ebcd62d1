import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run, serve, until, Viewer } from './rig.js';

const probe = [
  '-v',
  'error',
  '-show_entries',
  'stream=codec_name,width,height,avg_frame_rate',
  '-of',
  'csv=p=0',
];

for (const transport of ['tcp', 'udp', 'http'] as const) {
  test(`ffprobe over ${transport} sees codec, size and rate, and is counted to its end`, async (t) => {
    const { server, url } = await serve(t);
    const seen = await run(t, 'ffprobe', ['-rtsp_transport', transport, ...probe, url]);
    assert.equal(seen.stdout.trim(), 'h264,320,180,15/1');
    assert.equal(seen.stderr, '');
    await until('it has left', () => server.happened('stopped') !== undefined);
    const stopped = server.happened('stopped');
    const played = stopped?.event === 'stopped' ? stopped.played[0] : undefined;
    assert.ok(played && played.frames > 0 && played.bytes > 0, JSON.stringify(stopped));
  });

  test(`GStreamer plays over ${transport}`, async (t) => {
    const { server, url } = await serve(t);
    const viewer = new Viewer(t, url, transport);
    await viewer.sees(20);
    assert.deepEqual(viewer.pictures[0]?.width, 320);
    assert.equal(server.events.find((event) => event.event === 'playing')?.transport, transport);
  });
}

test('a JPEG stream plays', async (t) => {
  // RTP tells a JPEG's size in blocks of eight pixels: other sizes arrive rounded up.
  const { url } = await serve(t, { codec: 'jpeg', height: 184 });
  const seen = await run(t, 'ffprobe', ['-rtsp_transport', 'tcp', ...probe, url]);
  assert.equal(seen.stdout.trim(), 'mjpeg,320,184,15/1');
});

test('two viewers see the same encode', async (t) => {
  const { url } = await serve(t);
  const watch = (transport: string) =>
    run(
      t,
      'ffmpeg',
      `-v error -rtsp_transport ${transport} -i ${url} -c copy -frames:v 30 -f framehash -`.split(' '),
    );
  const [one, other] = await Promise.all([watch('tcp'), watch('udp')]);
  const hashes = (text: string) =>
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.split(',').at(-1)?.trim());
  const seen = new Set(hashes(one.stdout));
  const same = hashes(other.stdout).filter((hash) => seen.has(hash));
  assert.ok(same.length >= 15, `${same.length} of 30 packets are the same\n${one.stderr}${other.stderr}`);
});

test('a client that joins in the middle of a long group begins with a key frame and decodes without an error', async (t) => {
  const { url } = await serve(t, { gop: 6000 });
  const viewer = new Viewer(t, url, 'udp');
  await viewer.sees(20);
  for (const transport of ['tcp', 'udp']) {
    const began = performance.now();
    const joined = await run(
      t,
      'ffmpeg',
      `-v warning -xerror -err_detect explode -rtsp_transport ${transport} -i ${url} -frames:v 20 -f null -`.split(
        ' ',
      ),
    );
    assert.deepEqual({ code: joined.code, stderr: joined.stderr }, { code: 0, stderr: '' });
    assert.ok(performance.now() - began < 8000);
    const packets = await run(
      t,
      'ffprobe',
      `-v error -rtsp_transport ${transport} -show_entries packet=flags -read_intervals %+#3 -of csv=p=0 ${url}`.split(
        ' ',
      ),
    );
    assert.match(packets.stdout, /^K/, 'the first packet is a key frame');
  }
  const rest = viewer.pictures.length;
  await viewer.sees(5);
  assert.ok(rest > 20, 'the first viewer goes on meanwhile');
});

test('sender reports tell the time of capture', async (t) => {
  const { url } = await serve(t, { age: 300 });
  const viewer = new Viewer(t, url, 'tcp');
  const known = () => viewer.pictures.flatMap(({ ageMs }) => (ageMs === null ? [] : [ageMs]));
  while (known().length < 20) await viewer.sees(5);
  const ages = known().sort((a, b) => a - b);
  const median = ages[Math.floor(ages.length / 2)] ?? 0;
  assert.ok(
    median >= 300 && median < 420,
    `captured 300 ms before it was sent; the client computes ${median} ms`,
  );
});
