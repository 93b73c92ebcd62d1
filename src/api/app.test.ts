import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { TeecamError } from '../base/error.js';
import { profileJsonSchema } from '../profile/json-schema.js';
import { graphView } from './graph-view.js';
import { problemView } from './problem.js';
import { decoderView } from './routes/decoders.js';
import { deviceView } from './routes/devices.js';
import { encoderView } from './routes/encoders.js';
import { FakeAppliance, fakeCamera, fakeStream } from './testing.js';
import { cameraView, streamView } from './views.js';

const appliance = new FakeAppliance();
let base = '';
before(async () => {
  const asset = { body: Buffer.from('<!doctype html>'), type: 'text/html; charset=utf-8', etag: '"1"' };
  base = await appliance.listen(new Map([['index.html', asset]]));
});
after(() => appliance.close());

async function problem(path: string, init?: RequestInit) {
  const response = await fetch(base + path, init);
  assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/);
  const body = problemView.parse(await response.json());
  assert.equal(body.status, response.status);
  return { ...body, headers: response.headers };
}

describe('cameras and streams', () => {
  it('are listed, and shown one by one, in the shapes of the views', async () => {
    const cameras = await (await fetch(`${base}/api/v1/cameras`)).json();
    assert.deepEqual(cameraView.array().parse(cameras), appliance.cameraViews);
    cameraView.parse(await (await fetch(`${base}/api/v1/cameras/front`)).json());
    streamView.array().parse(await (await fetch(`${base}/api/v1/cameras/front/streams`)).json());
    const low = streamView.parse(await (await fetch(`${base}/api/v1/cameras/front/streams/low`)).json());
    assert.equal(low.name, 'low');
  });

  it('are problems when there are none of that name', async () => {
    assert.match((await problem('/api/v1/cameras/back')).detail, /no camera "back"/);
    assert.match((await problem('/api/v1/cameras/front/streams/x')).detail, /"front" has no stream "x"/);
  });
});

describe('what forms are made from', () => {
  it('are the connected devices, and the schema of the profile', async () => {
    const devices = await (await fetch(`${base}/api/v1/devices`)).json();
    assert.deepEqual(deviceView.array().parse(devices), appliance.deviceViews);
    const encoders = await (await fetch(`${base}/api/v1/encoders`)).json();
    assert.deepEqual(encoderView.array().parse(encoders), appliance.encoderViews);
    const decoders = await (await fetch(`${base}/api/v1/decoders`)).json();
    assert.deepEqual(decoderView.array().parse(decoders), appliance.decoderViews);
    const schema = await fetch(`${base}/api/v1/profile/schema`);
    assert.match(schema.headers.get('content-type') ?? '', /^application\/schema\+json/);
    assert.deepEqual(await schema.json(), JSON.parse(JSON.stringify(profileJsonSchema)));
  });
});

describe('graphs', () => {
  it('are a drawing, a text for graphviz, and data', async () => {
    const get = (format: string) => fetch(`${base}/api/v1/cameras/front/graph.${format}`);
    const svg = await get('svg');
    assert.equal(svg.headers.get('content-type'), 'image/svg+xml');
    assert.equal(svg.headers.get('cache-control'), 'no-store');
    assert.match(svg.headers.get('content-security-policy') ?? '', /^default-src 'none'; style-src/);
    assert.match(await svg.text(), /^<svg /);
    assert.match(await (await get('dot')).text(), /^digraph /);
    assert.equal(graphView.parse(await (await get('json')).json()).camera, 'front');
    assert.match((await problem('/api/v1/cameras/back/graph.svg')).detail, /no camera "back"/);
    assert.equal((await problem('/api/v1/cameras/front/graph.png')).status, 404);
  });
});

describe('problems', () => {
  it('stand for unknown addresses, also malformed ones', async () => {
    for (const path of [
      '/nowhere',
      '/api/v1/nothing',
      '/%E0%A4%A',
      '/api/v1/cameras/%2e%2e%2fetc',
      '/assets/x.js',
    ]) {
      assert.equal((await problem(path)).type, 'urn:teecam:problem:not-found', path);
    }
  });

  it('name the methods that are possible', async () => {
    const { status, headers } = await problem('/api/v1/cameras', { method: 'PUT' });
    assert.equal(status, 405);
    assert.deepEqual(headers.get('allow')?.split(', ').sort(), ['GET', 'HEAD', 'POST']);
  });

  it('list every wrong field of a query', async () => {
    const { status, errors } = await problem('/front/low.jpg?width=0&format=gif&quality=80');
    assert.equal(status, 400);
    assert.deepEqual(errors?.map((error) => error.field).sort(), ['format', 'width']);
    assert.equal((await problem('/front/low.mjpg?fps=1&fps=2')).errors?.[0]?.field, 'fps');
  });

  it('say of a query what was expected, and what was found', async () => {
    const errors = async (path: string) => (await problem(path)).errors?.map(({ message }) => message);
    assert.deepEqual(await errors('/front/low.mjpg?fps=fast'), ['expected a number; found "fast"']);
    assert.deepEqual(await errors('/front/low.mjpg?fps=1e-300'), ['expected at least 0.001; found "1e-300"']);
    assert.deepEqual(await errors('/front/low.jpg?format=pgn'), [
      'expected one of jpeg, webp, png, avif; found "pgn"',
    ]);
  });

  it('do not show what is inside', async () => {
    appliance.media.failure = new Error('secret /home/pi/token');
    const { status, detail } = await problem('/front/low.jpg');
    assert.equal(status, 500);
    assert.doesNotMatch(detail, /secret/);
    appliance.media.failure = new TeecamError('ring-unusable', 'secret path');
    assert.doesNotMatch((await problem('/front/low.mjpg')).detail, /secret/);
    appliance.media.failure = null;
  });

  it('say when to come back', async () => {
    appliance.media.failure = new TeecamError('unavailable', 'no frame', {
      expose: true,
      details: { retryAfterS: 2 },
    });
    const { status, headers } = await problem('/front/low.jpg');
    assert.deepEqual([status, headers.get('retry-after')], [503, '2']);
    appliance.media.failure = null;
  });
});

describe('media', () => {
  it('are at the long and the short addresses, and at those of mjpg-streamer and ustreamer', async () => {
    const pictures = [
      '/front/low.jpg',
      '/low.jpg',
      '/?action=snapshot',
      '/webcam/?action=snapshot',
      '/snapshot',
    ];
    for (const path of pictures) {
      const response = await fetch(base + path);
      assert.equal(response.headers.get('content-type'), 'image/jpeg', path);
      assert.equal(response.headers.get('x-timestamp'), '1700000000.250000');
      assert.equal(await response.text(), 'picture');
    }
    const streams = ['/front/low.mjpg', '/low.mjpg', '/?action=stream', '/webcam/?action=stream', '/stream'];
    for (const path of streams) {
      const response = await fetch(base + path);
      assert.match(response.headers.get('content-type') ?? '', /boundary=boundarydonotcross/, path);
      await response.arrayBuffer();
    }
  });

  it('pass their query on, and ignore what they do not know', async () => {
    await fetch(`${base}/front/low.jpg?width=320&format=webp&quality=50&maxAge=1000&t=1700000000`);
    assert.deepEqual(appliance.media.pictures.at(-1), {
      width: 320,
      height: null,
      format: 'webp',
      quality: 50,
      maxAgeMs: 1000,
    });
    await fetch(`${base}/front/low.mjpg?fps=2.5&advance=1`);
    assert.deepEqual(appliance.media.viewers.at(-1), { fps: 2.5, advance: true });
  });

  it('say why a stream has none', async () => {
    const addresses = { ...fakeStream('high').addresses, mjpeg: null, picture: null };
    const high = fakeStream('high', { codec: 'h264', addresses });
    appliance.cameraViews = [fakeCamera('front', { streams: [high] })];
    for (const [path, detail] of [
      ['/front/high.jpg', /does not offer the stream "high" as picture/],
      ['/front/high.mjpg', /does not offer the stream "high" as mjpeg/],
      ['/stream', /no stream of the camera "front" as mjpeg/],
      ['/snapshot', /no stream of the camera "front" as picture/],
    ] as const) {
      const missing = await problem(path);
      assert.equal(missing.status, 404);
      assert.match(missing.detail, detail);
    }
    assert.equal((await problem('/?action=format')).status, 400);
    appliance.cameraViews = [];
    assert.match((await problem('/snapshot')).detail, /no camera/);
    appliance.cameraViews = [fakeCamera('front')];
  });

  it('answer HEAD', async () => {
    const response = await fetch(`${base}/front/low.jpg`, { method: 'HEAD' });
    assert.equal(response.headers.get('content-length'), '7');
    assert.equal(await response.text(), '');
  });
});

describe('service', () => {
  it('is alive, and ready only while every camera is live or asleep', async () => {
    assert.equal((await fetch(`${base}/healthz`)).status, 200);
    assert.equal((await fetch(`${base}/readyz`)).status, 200);
    appliance.cameraViews = [
      fakeCamera('front', { state: 'asleep' }),
      fakeCamera('back', { state: 'slate', reason: 'gone', detail: 'it was unplugged' }),
    ];
    const response = await fetch(`${base}/readyz`);
    assert.equal(response.status, 503);
    assert.deepEqual(await response.json(), {
      ready: false,
      notReady: [{ name: 'back', state: 'slate', reason: 'gone', detail: 'it was unplugged' }],
    });
    assert.equal((await fetch(`${base}/readyz?cameras=none`)).status, 200);
    appliance.cameraViews = [fakeCamera('front')];
  });

  it('gives metrics whose names all begin with teecam_', async () => {
    appliance.cameraViews = [fakeCamera('front', { captured: 42, state: 'slate', reason: 'busy' })];
    const text = await (await fetch(`${base}/metrics`)).text();
    appliance.cameraViews = [fakeCamera('front')];
    const samples = text.split('\n').filter((line) => line && !line.startsWith('#'));
    assert.deepEqual(
      samples.filter((line) => !line.startsWith('teecam_')),
      [],
    );
    for (const sample of [
      'teecam_camera_captured_frames_total{camera="front"} 42',
      'teecam_camera_state{camera="front",state="slate"} 1',
      'teecam_camera_state{camera="front",state="live"} 0',
      'teecam_camera_reason{camera="front",reason="busy"} 1',
      'teecam_mjpeg_skipped_frames_total{camera="front",stream="low"} 7',
      'teecam_stream_readers{camera="front",stream="high",kind="ring"} 0',
    ]) {
      assert.ok(samples.includes(sample), sample);
    }
    // An age that is not known is no sample, rather than a zero.
    assert.ok(!samples.some((line) => line.startsWith('teecam_stream_frame_age_seconds')));
    const again = await (await fetch(`${base}/metrics`)).text();
    assert.ok(!again.includes('reason="busy"'));
  });

  it('gives the page, asks to revalidate it, and lets it load nothing from elsewhere', async () => {
    const response = await fetch(`${base}/`);
    assert.equal(await response.text(), '<!doctype html>');
    assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'none'/);
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(response.headers.get('cache-control'), 'no-cache');
    const cached = await fetch(`${base}/`, {
      headers: { 'If-None-Match': '"1"', 'Cache-Control': 'max-age=0' },
    });
    assert.equal(cached.status, 304);
  });
});
