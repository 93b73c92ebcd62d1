import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadShipped, loadText, shippedProfiles } from '../../test/support/profiles.js';
import { codeOf, messageOf } from '../base/error.js';
import type { ProfileInput } from './load.js';
import { profileFromValue } from './load.js';

/** The lines of a profile's faults. */
function faultsOf(text: string, more: Partial<ProfileInput> = {}): string[] {
  try {
    loadText(text, more);
  } catch (error) {
    assert.equal(codeOf(error), 'bad-profile', messageOf(error));
    return messageOf(error).split('\n');
  }
  assert.fail('the profile has no fault');
}

const camera = (streams: string, rest = '') =>
  `cameras:\n  front:\n    source: test\n${rest}    streams:\n      high: ${streams}\n`;
const high = '{ codec: h264, width: 1280, height: 720, framerate: 30 }';

test('every profile that ships is right and says nothing', () => {
  assert.ok(shippedProfiles.length >= 4);
  for (const name of shippedProfiles) assert.deepEqual(loadShipped(name).warnings, [], name);
});

test("the default is the specification's four streams", () => {
  const { profile } = loadShipped('default');
  const { front } = profile.cameras;
  assert.deepEqual(Object.keys(profile.cameras), ['front']);
  assert.deepEqual(front?.capture, { width: 1920, height: 1080, framerate: [60, 1], format: null });
  const facts = Object.entries(front?.streams ?? {}).map(([name, stream]) => {
    const { codec, width, height, framerate } = stream;
    return [name, codec, width, height, framerate[0], stream.codec === 'jpeg' ? stream.port : undefined];
  });
  assert.deepEqual(facts, [
    ['high', 'h264', 1920, 1080, 30, undefined],
    ['medium', 'jpeg', 1280, 720, 30, 8001],
    ['low', 'jpeg', 640, 480, 15, 8002],
    ['analysis', 'raw', 1920, 1080, 30, undefined],
  ]);
});

test('what is left out is filled in', () => {
  const { profile } = loadText(`cameras:
  front:
    source: test
    streams:
      high: { codec: h264, width: 1280, height: 720, framerate: 29.97 }
      tall: { codec: raw, format: GRAY8, width: 101, height: 901, framerate: 15 }
`);
  const front = profile.cameras['front'];
  assert.deepEqual(profile.http, { host: '127.0.0.1', port: 8080, hosts: [] });
  assert.deepEqual(profile.rtsp.udp.ports, [8000, 8100]);
  assert.equal(profile.rtsp.multicast, null);
  assert.deepEqual(front?.capture, { width: 1280, height: 902, framerate: [30000, 1001], format: null });
  assert.deepEqual(front?.slate, {
    mode: 'text',
    title: 'front',
    subtitle: null,
    image: null,
    colours: { background: '#2a2a2a', text: '#f4f4f4' },
    framerate: [5, 1],
  });
  const stream = front?.streams['high'];
  assert.ok(stream?.codec === 'h264');
  assert.deepEqual([stream.bitrateBps, stream.gopFrames, stream.lingerMs], [1_800_000, 60, 5000]);
});

test('a JSON profile with its schema is a profile', () => {
  const value = {
    $schema: 'x',
    cameras: { a: { source: 'test', streams: { b: { codec: 'raw', width: 64, height: 64, framerate: 1 } } } },
  };
  assert.deepEqual(loadText(JSON.stringify(value)).profile, profileFromValue(value, '/').profile);
});

test('every fault is told at once, in the order of the file, with its place', () => {
  const faults = faultsOf(`http: { host: 0.0.0.0, port: 8001 }
rstp: { port: 1 }
cameras:
  Front:
    source: auto
    streams: {}
  api:
    source: v5l2:/dev/video0
    capture: { with: 3, width: 641 }
    streams:
      high: { codec: h246, width: 1920, height: 1080, framerate: 30 }
      other: { codec: h264, width: 1920, height: 1080, framerate: 30x, quality: 3 }
      low: { codec: jpeg, width: 5, height: 720, framerate: 30, port: 8001 }
`);
  assert.deepEqual(
    faults.map((fault) => fault.split(': expected')[0]),
    [
      'cam.yaml:1:15: http.host',
      'cam.yaml:2:1: rstp',
      'cam.yaml:4:3: cameras.Front',
      'cam.yaml:6:5: cameras.Front.streams',
      'cam.yaml:7:3: cameras.api',
      'cam.yaml:8:13: cameras.api.source',
      'cam.yaml:9:16: cameras.api.capture.with',
      'cam.yaml:9:32: cameras.api.capture.width',
      'cam.yaml:11:22: cameras.api.streams.high.codec',
      'cam.yaml:12:67: cameras.api.streams.other.framerate',
      'cam.yaml:12:72: cameras.api.streams.other.quality',
      'cam.yaml:13:34: cameras.api.streams.low.width',
    ],
  );
});

test('a copy asks for what the other streams need, or for what most cameras have', () => {
  const streamsOf = (streams: string) =>
    loadText(`cameras:\n  front:\n    source: auto\n    streams: ${streams}\n`).profile.cameras['front'];
  const asked = (streams: string) => {
    const { width, height, framerate } = streamsOf(streams)?.capture ?? {};
    return [width, height, framerate?.join('/')];
  };
  assert.deepEqual(asked('{ own: { codec: copy } }'), [1920, 1080, '30/1']);
  assert.deepEqual(asked('{ own: { codec: copy, width: 640, height: 480, framerate: 15 } }'), [
    640,
    480,
    '15/1',
  ]);
  const small = '{ codec: jpeg, width: 320, height: 240, framerate: 5 }';
  assert.deepEqual(asked(`{ own: { codec: copy }, small: ${small} }`), [320, 240, '5/1']);
  const own = streamsOf(`{ own: { codec: copy }, small: ${small} }`)?.streams['own'];
  assert.deepEqual([own?.width, own?.height, own?.framerate], [320, 240, [5, 1]]);
});

test('whether a stream says how it is encoded is known', () => {
  const streams = loadText(`cameras:
  front:
    source: auto
    streams:
      any: { codec: jpeg, width: 64, height: 64, framerate: 1 }
      told: { codec: jpeg, width: 64, height: 64, framerate: 1, quality: 80 }
      high: { codec: h264, width: 64, height: 64, framerate: 1 }
      slow: { codec: h264, width: 64, height: 64, framerate: 1, gop: 2s }
`).profile.cameras['front']?.streams;
  const any = Object.values(streams ?? {}).map((stream) => 'anyEncoding' in stream && stream.anyEncoding);
  assert.deepEqual(any, [true, false, true, false]);
});

test('a fault says what was expected, what was found, and what was meant', () => {
  const cases: [string, RegExp][] = [
    [camera('{ codec: copy }'), /another codec, since the source test gives raw pictures; found "?copy"?$/],
    [
      camera('{ codec: h246, width: 64, height: 64, framerate: 1 }'),
      /expected one of h264, jpeg, copy, raw; found "h246"; did you mean h264\?$/,
    ],
    [
      camera('{ codec: h265, width: 64, height: 64, framerate: 1 }'),
      /found h265, which this version does not support yet$/,
    ],
    [
      camera('{ codec: raw, width: 64, height: 64, framerate: 1, lingr: 1s }'),
      /high\.lingr: expected one of the keys .*; found "lingr"; did you mean linger\?$/,
    ],
    [
      camera('{ codec: raw, height: 64, framerate: 1 }'),
      /high\.width: expected a whole number; found nothing$/,
    ],
    [
      camera('{ codec: raw, width: 64.5, height: 64, framerate: 1 }'),
      /expected a whole number; found 64\.5$/,
    ],
    [
      camera('{ codec: raw, width: 64, height: 64, framerate: 0 }'),
      /framerate: expected at least 0\.1; found 0$/,
    ],
    [
      camera('{ codec: raw, width: 64, height: 64, framerate: 5000/1 }'),
      /expected frames a second up to 1000, .*; found "5000\/1"$/,
    ],
    [
      camera('{ codec: h264, width: 64, height: 64, framerate: 1, quality: 3 }'),
      /found "quality"; quality belongs to codec jpeg$/,
    ],
    [
      camera('{ codec: h264, width: 64, height: 64, framerate: 1, bitrate: 4Mb }'),
      /expected bits a second .*; found "4Mb"$/,
    ],
    [
      camera('{ codec: h264, width: 65, height: 64, framerate: 1 }'),
      /width: expected an even number; found 65$/,
    ],
    [
      camera('{ codec: raw, width: 65, height: 64, framerate: 1 }'),
      /width: expected an even number, since NV12 needs one; found 65$/,
    ],
    [
      camera('{ codec: raw, width: 64, height: 64, framerate: 1, outputs: [rtsp] }'),
      /outputs\.0: expected a way out that suits codec raw: mjpeg, picture, ws, shm, shmsink; found rtsp$/,
    ],
    [
      camera('{ codec: raw, width: 64, height: 64, framerate: 1, outputs: [shmsink], shmsink: a/b }'),
      /shmsink: expected a path from the root on, 107 bytes at most, without NUL; found "a\/b"$/,
    ],
    [
      camera('{ codec: raw, width: 64, height: 64, framerate: 1, outputs: [shmsink], shmsink: "/a\\0" }'),
      /shmsink: expected a path from the root on, 107 bytes at most, without NUL; found /,
    ],
    [
      camera('{ codec: raw, width: 64, height: 64, framerate: 1, shmsink: /a }'),
      /shmsink: expected shmsink among `outputs`; found none there$/,
    ],
    [
      camera(
        '{ codec: raw, width: 64, height: 64, framerate: 1, outputs: [shmsink], shmsink: /a }\n      ' +
          'low: { codec: raw, width: 64, height: 64, framerate: 1, outputs: [shmsink], shmsink: /a }',
      ),
      /low\.shmsink: expected a path of its own; found \/a, which cameras\.front\.streams\.high\.shmsink has$/,
    ],
    [
      camera('{ codec: raw, width: 64, height: 64, framerate: 1, outputs: [hls] }'),
      /outputs\.0: .*found hls, which this version does not support yet$/,
    ],
    [
      camera('{ codec: raw, width: 64, height: 64, framerate: 1, linger: soon }'),
      /linger: expected a time, .*; found "soon"$/,
    ],
    [
      camera(high, '    capture: { controls: true }\n'),
      /capture\.controls: expected a group of keys; found true$/,
    ],
    [
      camera(high, '    capture: { controls: { Brightness: 3 } }\n'),
      /capture\.controls\.Brightness: expected the name of a control: .*; found "Brightness"$/,
    ],
    [
      camera(high, '    capture: { controls: { gain: 1.5 } }\n'),
      /capture\.controls\.gain: expected true or false, a whole number, .*; found 1\.5$/,
    ],
    [
      camera(high, '    slate: { framerate: 60 }\n'),
      /slate\.framerate: expected 1 to 30 frames a second; found 60$/,
    ],
    [
      camera(high, '    slate: { mode: image }\n'),
      /slate\.mode: expected an image beside it: the path of a picture; found none$/,
    ],
    [
      camera(high, '    slate: { colours: { text: white } }\n'),
      /slate\.colours\.text: expected a colour, as #2a2a2a; found "white"$/,
    ],
    [`${camera(high)}rtsp: { host: '::' }`, /rtsp\.host: expected an address of this machine alone/],
    [
      `${camera(high)}rtsp: { port: 8080 }`,
      /rtsp\.port: expected a port of its own; found 8080, which http\.port has$/,
    ],
    [
      `${camera(high)}rtsp: { udp: { ports: 8100-8000 } }`,
      /rtsp\.udp\.ports: expected the first and the last port/,
    ],
    [
      `${camera(high)}rtsp: { multicast: { range: 192.168.1.1 } }`,
      /rtsp\.multicast\.range: expected multicast addresses/,
    ],
    [`${camera(high)}tls: {}`, /tls: .*found tls, which this version does not support yet$/],
    ['cameras: {}', /cameras: expected at least one camera; found none$/],
    ['', /cameras: expected a group of keys; found nothing$/],
    ['3', /expected .*; found 3$/],
    ['cameras: [', /^cam\.yaml:1:\d+: expected YAML or JSON; found a fault in its syntax/],
    [`cameras: ${'['.repeat(99)}`, /^cam\.yaml:1:\d+: expected YAML or JSON; found a fault in its syntax/],
    ['http: {}\nhttp: {}', /^cam\.yaml:2:1: expected YAML or JSON; .*unique/],
  ];
  for (const [text, expected] of cases) {
    const faults = faultsOf(text);
    assert.equal(faults.length, 1, faults.join('\n'));
    assert.match(faults[0] ?? '', expected);
  }
});

test('credentials in a source do not get into a message', () => {
  const [fault = ''] = faultsOf(camera(high).replace('test', 'rtps://joe:secret@cam/1'));
  assert.match(fault, /found "rtps:/);
  assert.ok(!fault.includes('secret'));
});

test('a stream that a camera hides from the short addresses is told', () => {
  const { warnings } = loadText(`${camera(high)}  high:\n    source: test\n    streams: { low: ${high} }\n`);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /use \/front\/high$/);
});

test('a camera on demand sleeps after its linger, and one that may not is told', () => {
  const onDemand = (more: string) =>
    loadText(camera(high.replace('}', more), '    capture: { onDemand: true, linger: 3s }\n'));
  const { profile, warnings } = onDemand('}');
  assert.equal(profile.cameras['front']?.sleepAfterMs, 3000);
  assert.deepEqual(warnings, []);
  assert.equal(loadText(camera(high)).profile.cameras['front']?.sleepAfterMs, null);
  assert.deepEqual(onDemand(', always: true }').warnings, [
    'camera front never sleeps, whatever onDemand says: high has `always: true`',
  ]);
});

test('controls of a camera that has none are told', () => {
  const wanted = (source: string) =>
    loadText(
      `cameras:\n  front:\n    source: ${source}\n    capture: { controls: { gain: 3 } }\n    streams: { high: ${high} }\n`,
    );
  assert.deepEqual(wanted('auto').warnings, []);
  assert.match(wanted('test').warnings[0] ?? '', /camera front has no controls to set.*its source is test$/);
});

test('how many frames may wait follows latency, each number unless it is said', () => {
  const raw = '{ codec: raw, width: 64, height: 64, framerate: 15 }';
  const buffers = (more: string) => {
    const one = loadText(camera(raw, more)).profile.cameras['front'];
    const stream = one?.streams['high'];
    return [one?.buffers, stream?.codec === 'raw' && stream.ringFrames];
  };
  assert.deepEqual(buffers(''), [{ inlet: 1, branch: 4, ring: 8, rtsp: 30 }, 8]);
  assert.deepEqual(buffers('    latency: smooth\n'), [{ inlet: 4, branch: 16, ring: 32, rtsp: 120 }, 32]);
  assert.deepEqual(buffers('    latency: balanced\n    buffers: { ring: 5, rtsp: 1 }\n'), [
    { inlet: 2, branch: 8, ring: 5, rtsp: 1 },
    5,
  ]);
  const [fault = ''] = faultsOf(camera(raw, '    buffers: { ring: 3 }\n'));
  assert.match(fault, /buffers\.ring: expected at least 4; found 3$/);
});

test('a stream that does not tell its codec has its other faults told', () => {
  const faults = faultsOf(
    camera('{ codek: h264, widht: 64, height: true, framerate: 15, quality: 80 }'),
  ).join('\n');
  for (const fault of [
    /high\.codec: expected one of h264, jpeg, copy, raw; found nothing/,
    /high\.codek: .*did you mean codec\?/,
    /high\.widht: .*did you mean width\?/,
    /high\.height: expected a whole number; found true/,
  ])
    assert.match(faults, fault);
  assert.doesNotMatch(faults, /quality:/);
});

test('a faulty key of rtsp hides no fault of its neighbours', () => {
  const faults = faultsOf(
    `http: { port: 8001 }\nrtsp: { port: 8001, udp: { ports: 9-3 }, multicast: { range: 10.0.0.1, ttl: 0 } }\n${camera(high)}`,
  );
  assert.deepEqual(
    faults.map((line) => line.split(' ')[1]),
    ['rtsp.port:', 'rtsp.udp.ports:', 'rtsp.multicast.ttl:'],
  );
});

test('what is no group of cameras is told once', () => {
  assert.deepEqual(faultsOf('cameras: [front]\n'), [
    'cam.yaml:1:10: cameras: expected a group of keys; found a list',
  ]);
});

test('no name is left out in silence', () => {
  assert.match(faultsOf(camera(high).replace('front', '__proto__'))[0] ?? '', /:2:3: .*found "__proto__"/);
  const [fault] = faultsOf(camera(high).replace('front', 'constructor'));
  assert.match(fault ?? '', /:2:3: .*expected another name; found "constructor"/);
});

test('a stream takes over keys of another with <<', () => {
  const { profile } = loadText(camera(`&high ${high}\n      low: { <<: *high, width: 640 }`));
  assert.deepEqual(
    Object.values(profile.cameras['front']?.streams ?? {}).map(({ width, height }) => [width, height]),
    [
      [1280, 720],
      [640, 720],
    ],
  );
});

test("the API's changes lie between the file and the overrides", () => {
  const text =
    'cameras:\n  front:\n    source: test\n    streams:\n      low: { codec: jpeg, width: 640, height: 480, framerate: 15 }\n';
  const low = { quality: 70, framerate: 10 };
  const changes = { cameras: { front: { streams: { low } }, back: { source: 'test', streams: {} } } };
  const streams = { tiny: { codec: 'jpeg', width: 160, height: 120, framerate: 5 } };
  changes.cameras.back.streams = streams;
  const set = ['cameras.front.streams.low.quality=50'];
  const { profile, layers } = loadText(text, { changes, set });
  assert.deepEqual(Object.keys(profile.cameras), ['front', 'back']);
  const written = (value: unknown) =>
    (value as { cameras: { front: { streams: { low: Record<string, unknown> } } } }).cameras.front.streams
      .low;
  assert.deepEqual(
    [layers.base, layers.changed, layers.effective].map((layer) => written(layer)['quality']),
    [undefined, 70, 50],
  );
  const path = ['cameras', 'front', 'streams', 'low'];
  assert.equal(layers.overriddenBy([...path, 'quality']), `--set ${set[0]}`);
  assert.equal(layers.overriddenBy([...path, 'framerate']), null);
});

test("a fault in the API's changes says whose it is", () => {
  const text =
    'cameras:\n  front:\n    source: test\n    streams:\n      low: { codec: jpeg, width: 640, height: 480, framerate: 15 }\n';
  const changes = {
    cameras: { front: { streams: { low: { quality: 200 }, more: { codec: 'jpeg', width: 64 } } } },
  };
  assert.throws(() => loadText(text, { changes }), {
    code: 'bad-profile',
    message: new RegExp(
      ['low\\.quality: expected at most 100', 'more\\.height', 'more\\.framerate']
        .map((fault) => `^changed by the API: cameras\\.front\\.streams\\.${fault}`)
        .join('[^]*'),
      'm',
    ),
  });
  const removed = { cameras: { front: null } };
  assert.throws(() => loadText(text, { changes: removed }), {
    code: 'bad-profile',
    message: /at least one camera/,
  });
});

test('elements of GStreamer are for whoever writes the profile itself', () => {
  const streams = `    streams:\n      high: ${high}\n`;
  const front = (source: string) => `cameras:\n  front:\n    source: ${source}\n${streams}`;
  const gst = front('"gst:videotestsrc"');
  const allowed = `allowGst: true\n${gst}`;
  assert.equal(loadText(allowed).profile.cameras['front']?.source[0].kind, 'gst');
  const never = /allowGst: expected this key in the profile itself/;
  const alone = /cameras\.front\.source: expected another source: gst: stands in the profile itself alone/;
  const cases: [string, Partial<ProfileInput>, RegExp[]][] = [
    [gst, {}, [/^cam\.yaml:3:13: .*expected another source, or "allowGst: true"/]],
    [gst, { environment: { TEECAM_ALLOWGST: 'true' } }, [never]],
    [gst, { set: ['allowGst=true'] }, [never]],
    [gst, { changes: { allowGst: true } }, [never]],
    [`allowGst: true\n${front('test')}`, { set: ['cameras.front.source=gst:fakesrc'] }, [alone]],
    [
      `allowGst: true\n${front('test')}`,
      { environment: { TEECAM_CAMERAS__FRONT__SOURCE: 'gst:fakesrc' } },
      [alone],
    ],
    [allowed, { changes: { cameras: { front: { source: 'gst:fakesrc' } } } }, [alone]],
    [allowed, { changes: { cameras: { front: { source: ['gst:fakesrc'] } } } }, [alone]],
  ];
  for (const [text, more, expected] of cases) {
    const faults = faultsOf(text, more);
    assert.equal(faults.length, expected.length, faults.join('\n'));
    for (const [index, pattern] of expected.entries()) assert.match(faults[index] ?? '', pattern);
  }
  const other = { cameras: { front: { streams: { high: { framerate: 5 } } } } };
  assert.equal(loadText(allowed, { changes: other }).profile.cameras['front']?.source[0].kind, 'gst');
});
