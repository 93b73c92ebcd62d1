import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Capabilities, fullCapabilities } from './capabilities.js';
import { chooseFormat, type OfferedFormat } from './capture-format.js';
import { describeDelivery } from './delivery.js';
import type { Fraction } from './graph.js';
import { withoutSecrets } from './secrets.js';
import { planSource, type ResolvedSource } from './source.js';
import { camera as cameraWith } from './testing.js';

const camera = { kind: 'v4l2', device: '/dev/video0' } as const;
const full = { width: 1920, height: 1080, framerate: 60 };
type Capture = typeof full & { format?: string };
/** Made from pixels, whatever the source gives. */
const pixels = { picture: { codec: 'raw', ...full, outputs: ['shm'] } };
const wanted = (capture: Partial<Capture>, streams: Record<string, unknown> = pixels) =>
  cameraWith(streams, { ...full, ...capture });

const encodedMedia: Readonly<Record<string, OfferedFormat['media']>> = {
  JPEG: 'image/jpeg',
  H264: 'video/x-h264',
  H265: 'video/x-h265',
};

function offer(format: string, width: number, height: number, ...rates: number[]): OfferedFormat {
  return {
    media: encodedMedia[format] ?? 'video/x-raw',
    format,
    width,
    height,
    framerates: rates.map((rate): Fraction => [rate, 1]),
  };
}

/** What most webcams offer: raw only where USB 2 carries it. */
const webcam = [
  offer('H264', 1920, 1080, 30),
  offer('JPEG', 1920, 1080, 30, 15),
  offer('YUY2', 1920, 1080, 5),
  offer('JPEG', 1280, 720, 60, 30),
  offer('YUY2', 1280, 720, 10),
  offer('JPEG', 640, 480, 30),
  offer('YUY2', 640, 480, 30, 15),
];

const choose = (
  offered: OfferedFormat[],
  capture: Partial<Capture>,
  streams?: Record<string, unknown>,
  capabilities = fullCapabilities,
) => {
  const choice = chooseFormat(offered, wanted(capture, streams), capabilities);
  const chosen = choice?.chosen;
  const name = chosen && `${chosen.format} ${chosen.width}x${chosen.height} ${chosen.framerate?.join('/')}`;
  return [name, choice?.note ?? null];
};

test('the exact format is taken, raw rather than JPEG', () => {
  assert.deepEqual(choose(webcam, { width: 640, height: 480, framerate: 30 }), ['YUY2 640x480 30/1', null]);
  assert.deepEqual(choose(webcam, { framerate: 30 }), ['JPEG 1920x1080 30/1', null]);
  const ntsc = [{ ...offer('YUY2', 640, 480), framerates: [[30000, 1001] as Fraction] }];
  assert.deepEqual(choose(ntsc, { width: 640, height: 480, framerate: 30 }), [
    'YUY2 640x480 30000/1001',
    null,
  ]);
});

test('what is not offered is replaced by the nearest, and both sides are told', () => {
  const [chosen, note] = choose(webcam, {});
  assert.equal(chosen, 'JPEG 1920x1080 30/1');
  assert.match(
    String(note),
    /^wanted 1920x1080 at 60; the camera offers H264 1920x1080 at 30; JPEG 1920x1080 at 30, 15; .*; uses JPEG 1920x1080 at 30$/,
  );
  // Neither slower than wanted, nor larger than needed.
  assert.equal(choose(webcam, { width: 320, height: 240, framerate: 15 })[0], 'YUY2 640x480 15/1');
  assert.equal(choose(webcam, { width: 1280, height: 720, framerate: 30 })[0], 'JPEG 1280x720 30/1');
});

test('a smooth picture is worth more than a large one, a large one more than one faster than smooth', () => {
  const raw = webcam.filter((one) => one.format === 'YUY2');
  assert.equal(choose(raw, {})[0], 'YUY2 640x480 30/1');
  assert.equal(
    choose([...raw, offer('YUY2', 1280, 720, 60), offer('YUY2', 1920, 1080, 30)], {})[0],
    'YUY2 1920x1080 30/1',
  );
});

test('a format that was asked for is the only one', () => {
  assert.equal(choose(webcam, { format: 'YUY2' })[0], 'YUY2 640x480 30/1');
  assert.equal(chooseFormat(webcam, wanted({ format: 'NV12' }), fullCapabilities), null);
});

const jpeg = { codec: 'jpeg', width: 1280, height: 720, framerate: 30 };
const h264 = { codec: 'h264', width: 1280, height: 720, framerate: 30 };
const both = [offer('YUY2', 1280, 720, 30), offer('JPEG', 1280, 720, 30), offer('H264', 1280, 720, 30)];
const hd = { width: 1280, height: 720, framerate: 30 };
const chosen = (streams: Record<string, unknown>, capabilities = fullCapabilities) =>
  String(choose(both, hd, streams, capabilities)[0]).split(' ')[0];

test('of formats that give the same, the one is taken that costs least for all streams', () => {
  assert.equal(chosen({ jpeg }), 'JPEG');
  assert.equal(chosen({ h264 }), 'H264');
  assert.equal(chosen({ raw: { ...jpeg, codec: 'raw' } }), 'YUY2');
  assert.equal(chosen({ jpeg: { ...jpeg, quality: 50 } }), 'YUY2', 'it is to be encoded so');
  assert.equal(chosen({ h264: { ...h264, bitrate: '1M' } }), 'YUY2');
  assert.equal(chosen({ jpeg: { ...jpeg, width: 640, height: 360 } }), 'YUY2');
  assert.equal(chosen({ jpeg, raw: { ...jpeg, codec: 'raw' } }), 'JPEG');
  assert.equal(chosen({ h264, raw: { ...jpeg, codec: 'raw', framerate: 1 } }), 'H264');
  const slow = offer('YUY2', 1280, 720, 15);
  assert.equal(choose([...both, slow], hd, { jpeg: { ...jpeg, framerate: 15 } })[0], 'JPEG 1280x720 30/1');
});

test('H.264 is taken only where it, and its slate, can be made pictures of', () => {
  const without = (...names: string[]) => ({
    elements: { ...fullCapabilities.elements, ...Object.fromEntries(names.map((name) => [name, false])) },
  });
  const decoders = ['avdec_h264', 'openh264dec'];
  assert.equal(chosen({ h264 }, without(...decoders)), 'YUY2', 'its pictures are JPEG');
  const alone = { h264: { ...h264, outputs: ['rtsp'] } };
  assert.equal(chosen(alone, without(...decoders)), 'H264');
  assert.equal(chosen(alone, without('x264enc', 'openh264enc')), 'YUY2');
});

test('a copy is what the camera has encoded, or a sentence', () => {
  const copy = { codec: 'copy' };
  assert.equal(chosen({ copy, raw: { ...jpeg, codec: 'raw' } }), 'JPEG');
  assert.equal(chosen({ copy, h264 }), 'H264');
  assert.throws(
    () => planSource(camera, wanted(hd, { copy }), [offer('YUY2', 1280, 720, 30)], fullCapabilities),
    {
      code: 'refused',
      details: { coreCode: 'format-refused' },
      message:
        'wanted 1280x720 at 30; the camera offers YUY2 1280x720 at 30; copy: codec copy needs JPEG, H.264 or H.265',
    },
  );
});

test('what a camera has encoded is delivered as it is', () => {
  const plan = (formats: OfferedFormat[] | null, format?: string) => {
    const { plan: source, delivery } = planSource(
      camera,
      wanted(format === undefined ? {} : { format }),
      formats,
      fullCapabilities,
    );
    assert.equal(source.media, delivery.media);
    return [describeDelivery(delivery), ...source.graph.nodes.map((node) => node.element)];
  };
  assert.deepEqual(plan(webcam), ['JPEG 1920x1080 at 30', 'v4l2src', 'capsfilter', 'appsink']);
  assert.deepEqual(plan(webcam, 'YUY2'), ['raw pictures', 'v4l2src', 'capsfilter', 'appsink']);
  const h264 = ['H.264 1920x1080 at 30', 'v4l2src', 'capsfilter', 'h264parse', 'appsink'];
  assert.deepEqual(plan(webcam, 'H264'), h264);
  assert.deepEqual(plan(null), ['raw pictures', 'v4l2src', 'capsfilter', 'appsink']);
});

test('a camera that is not asked gets what is wanted', () => {
  const { plan } = planSource(camera, wanted({}), null, fullCapabilities);
  assert.equal(plan.graph.nodes[1]?.properties['caps'], 'video/x-raw,width=1920,height=1080,framerate=60/1');
  assert.equal(plan.playlist, null);
});

test('a camera with nothing to use is refused with both sides', () => {
  assert.throws(
    () => planSource(camera, wanted({ format: 'NV12' }), [offer('H264', 640, 480, 30)], fullCapabilities),
    {
      code: 'refused',
      details: { coreCode: 'format-refused' },
      message: /^wanted NV12 1920x1080 at 60; the camera offers H264 640x480 at 30$/,
    },
  );
});

test('no sink of a source keeps a frame; only files wait for the clock', () => {
  const sources: ResolvedSource[] = [
    { kind: 'v4l2', device: '/dev/video0' },
    { kind: 'test', pattern: null },
    { kind: 'file', files: ['/a.mp4'], loops: null },
  ];
  for (const source of sources) {
    const { plan } = planSource(source, wanted({}), null, fullCapabilities);
    const outlet = plan.graph.nodes.find((node) => node.id === plan.outlet);
    const { sync, drop, 'max-buffers': held, 'enable-last-sample': last } = outlet?.properties ?? {};
    assert.deepEqual([sync, drop, held, last], [source.kind === 'file', true, 2, false]);
  }
});

test('the test picture moves, and tells the time only where text can be written', () => {
  const source = { kind: 'test', pattern: null } as const;
  const { plan } = planSource(source, wanted({}), null, fullCapabilities);
  assert.ok(Number(plan.graph.nodes[0]?.properties['horizontal-speed']) > 0);
  const plain = { elements: { ...fullCapabilities.elements, timeoverlay: false } };
  const names = (capabilities: Capabilities) =>
    planSource(source, wanted({}), null, capabilities).plan.graph.nodes.map((node) => node.element);
  assert.deepEqual(names(plain), ['videotestsrc', 'capsfilter', 'appsink']);
  assert.deepEqual(names(fullCapabilities), ['videotestsrc', 'capsfilter', 'timeoverlay', 'appsink']);
});

test('files become a playlist of the node that opens them', () => {
  const { plan } = planSource(
    { kind: 'file', files: ['/a.mp4', '/b.mp4'], loops: 3 },
    wanted({}),
    null,
    fullCapabilities,
  );
  assert.deepEqual(plan.playlist, {
    node: 'file',
    property: 'location',
    items: ['/a.mp4', '/b.mp4'],
    loops: 3,
  });
});

const network = (kind: 'rtsp' | 'http', address: string) =>
  ({ kind, text: address, address, certificate: null, user: 'joe', password: 'hush' }) as const;

test('a camera of the network is given its credentials apart from its address, and shows neither', () => {
  for (const source of [network('rtsp', 'rtsp://h/1'), network('http', 'http://h/1?pwd=x')]) {
    const { plan } = planSource(source, wanted({}), null, fullCapabilities);
    const [camera] = plan.graph.nodes;
    assert.deepEqual(
      ['location', 'user-id', 'user-pw'].map((name) => camera?.properties[name]),
      [source.address, 'joe', 'hush'],
    );
    const shown = JSON.stringify(withoutSecrets(plan.graph));
    for (const secret of ['joe', 'hush', 'pwd=x']) assert.ok(!shown.includes(secret), shown);
  }
});

test('RTSP comes by TCP without a buffer of its own, by the clock of another machine', () => {
  const { plan } = planSource(network('rtsp', 'rtsp://h/1'), wanted({}), null, fullCapabilities);
  const [camera] = plan.graph.nodes;
  assert.deepEqual([camera?.properties['protocols'], camera?.properties['latency']], ['tcp', 0]);
  assert.equal(plan.foreignClock, true);
});

test('a camera of the network passes through what fits, and is decoded where it comes in when nothing does', () => {
  const size = { width: 640, height: 480, framerate: 15 };
  const played = (kind: 'rtsp' | 'http', formats: OfferedFormat[], stream: object) => {
    const streams = { one: { ...size, ...stream } };
    const source = network(kind, `${kind}://h/1`);
    const { plan, delivery } = planSource(source, wanted(size, streams), formats, fullCapabilities);
    assert.equal(plan.media, delivery.media);
    const elements = plan.graph.nodes.map(({ element }) => element).slice(1, -1);
    return [plan.media, ...elements].join(' ');
  };
  const h264 = [offer('I420', 640, 480, 15), offer('H264', 640, 480, 15)];
  assert.equal(played('rtsp', h264, { codec: 'h264' }), 'h264 decodebin h264parse');
  assert.equal(played('rtsp', h264, { codec: 'h264', bitrate: '1M' }), 'raw decodebin');
  assert.equal(played('rtsp', h264, { codec: 'h264', width: 320, height: 240 }), 'raw decodebin');
  const jpeg = [offer('JPEG', 640, 480)];
  assert.equal(played('rtsp', jpeg, { codec: 'jpeg' }), 'jpeg decodebin');
  assert.equal(played('http', jpeg, { codec: 'jpeg' }), 'jpeg jpegparse');
  // Decoded in the stage, and only for whoever needs it.
  assert.equal(played('http', jpeg, { codec: 'raw' }), 'jpeg jpegparse');
  assert.equal(played('http', [], { codec: 'raw' }), 'raw jpegparse jpegdec');
});

test('H.265 is copied where its slate can be encoded, and else decoded where it comes in', () => {
  const size = { width: 640, height: 480, framerate: 15 };
  const h265 = [offer('I420', 640, 480, 15), offer('H265', 640, 480, 15)];
  const plan = (stream: object, capabilities = fullCapabilities) =>
    planSource(network('rtsp', 'rtsp://h/1'), wanted(size, { one: stream }), h265, capabilities).plan;
  const { media, graph } = plan({ codec: 'copy' });
  assert.equal(media, 'h265');
  assert.ok(graph.nodes.some(({ element }) => element === 'h265parse'));
  assert.equal(plan({ codec: 'h264', ...size }).media, 'raw');
  const without = { elements: { ...fullCapabilities.elements, x265enc: false } };
  assert.equal(plan({ codec: 'h264', ...size }, without).media, 'raw');
  assert.throws(() => plan({ codec: 'copy' }, without), {
    message: 'a copy of H265 needs x265enc for its slate: apt-get install gstreamer1.0-plugins-bad',
    details: { coreCode: 'format-refused' },
  });
});

test('a picture is asked for at the rate of the capture, and waited for as long as it may take', () => {
  const timeoutAt = (framerate: number) => {
    const { plan } = planSource(network('http', 'http://h/1'), wanted({ framerate }), null, fullCapabilities);
    const { 'max-framerate': rate, timeout } = plan.graph.nodes[0]?.properties ?? {};
    return [rate, timeout];
  };
  assert.deepEqual(timeoutAt(30), ['30/1', 4]);
  assert.deepEqual(timeoutAt(0.1), ['1/10', 50]);
});

test('what an element of ours is made of must be there too', () => {
  const capabilities = { elements: { ...fullCapabilities.elements, souphttpsrc: false } };
  assert.throws(() => planSource(network('http', 'http://h/1'), wanted({}), null, capabilities), {
    code: 'missing-element',
    message: /souphttpsrc.*gstreamer1\.0-plugins-good/,
  });
});

test("a board's own cameras are asked for what is wanted", () => {
  const vga = { width: 640, height: 480, framerate: 30 };
  const described = (source: ResolvedSource, format: Partial<Capture> = {}) =>
    planSource(source, wanted({ ...vga, ...format }), null, fullCapabilities)
      .plan.graph.nodes.slice(0, -1)
      .map(({ element, properties }) => [element, ...Object.values(properties)].join(' '));
  const size = 'width=640,height=480,framerate=30/1';
  assert.deepEqual(described({ kind: 'libcamera', text: '', id: 'imx' }), [
    'libcamerasrc imx',
    `capsfilter video/x-raw,format={ I420, NV12, YUY2, RGB, BGR },${size}`,
  ]);
  assert.deepEqual(described({ kind: 'libcamera', text: '', id: null }, { format: 'JPEG' }), [
    'libcamerasrc',
    `capsfilter image/jpeg,${size}`,
    'jpegdec',
  ]);
  assert.deepEqual(described({ kind: 'argus', text: '', sensor: 1 }), [
    'nvarguscamerasrc 1',
    `capsfilter video/x-raw(memory:NVMM),format=NV12,${size}`,
    'nvvidconv',
    'capsfilter video/x-raw,format=I420',
  ]);
});
