import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadText } from '../../test/support/profiles.js';
import { messageOf } from '../base/error.js';
import type { ProfileInput } from './load.js';

const text = `http: { port: 8080 }
cameras:
  front-door:
    source: file:a.mp4
    capture: { width: 640 }
    streams:
      low: { codec: jpeg, width: 640, height: 360, framerate: 15, port: 8001, outputs: [mjpeg] }
`;

function load(more: Partial<ProfileInput>) {
  return loadText(text, more).profile;
}

function faultOf(more: Partial<ProfileInput>): string {
  try {
    load(more);
  } catch (error) {
    return messageOf(error);
  }
  assert.fail('no fault');
}

test('the file yields to the environment, the environment to --set', () => {
  const environment = { TEECAM_HTTP__PORT: '8081', PATH: '/bin', HTTP__PORT: '1' };
  assert.equal(load({}).http.port, 8080);
  assert.equal(load({ environment }).http.port, 8081);
  assert.equal(load({ environment, set: ['http.port=8082', 'http.port=8083'] }).http.port, 8083);
});

test('capitals find names with - and keys with capitals', () => {
  const environment = {
    TEECAM_INSTANCE: 'second',
    TEECAM_CAMERAS__FRONT_DOOR__SOURCE: 'test:ball',
    TEECAM_CAMERAS__FRONT_DOOR__STREAMS__LOW__PORT: '0',
    TEECAM_RTSP__UDP__PORTS: '9000-9010',
  };
  const profile = load({ environment });
  const camera = profile.cameras['front-door'];
  assert.equal(profile.instance, 'second');
  assert.equal(camera?.source[0].text, 'test:ball');
  assert.deepEqual(profile.rtsp.udp.ports, [9000, 9010]);
  assert.ok(camera?.streams['low']?.codec === 'jpeg');
  assert.equal(camera.streams['low'].port, 0);
});

test('names of controls have underscores', () => {
  const { controls } =
    load({
      environment: { TEECAM_CAMERAS__FRONT_DOOR__CAPTURE__CONTROLS__3A_LOCK: '3' },
      set: ['cameras.front-door.capture.controls.white_balance_automatic=false'],
    }).cameras['front-door'] ?? {};
  assert.deepEqual(controls, { '3a_lock': 3, white_balance_automatic: false });
});

test('values are read as in YAML; an empty one takes the key away', () => {
  const set = [
    'cameras.front-door.streams.low.outputs=[mjpeg, picture]',
    'cameras.front-door.streams.low.always=true',
    'cameras.front-door.streams.low.port=',
  ];
  const stream = load({ set }).cameras['front-door']?.streams['low'];
  assert.ok(stream?.codec === 'jpeg');
  assert.deepEqual(stream.outputs, ['mjpeg', 'picture']);
  assert.equal(stream.always, true);
  assert.equal(stream.port, undefined);
});

test('paths are relative to the profile in it, to the working directory in an override', () => {
  const pathsOf = (set: string[]) => {
    const source = load({ set }).cameras['front-door']?.source[0];
    return source?.kind === 'file' ? source.paths : [];
  };
  assert.deepEqual(pathsOf([]), ['/etc/teecam/a.mp4']);
  assert.deepEqual(pathsOf(['cameras.front-door.source=file:b.mp4']), ['/home/me/b.mp4']);
});

test('a fault names the variable or the option', () => {
  const cases: [Partial<ProfileInput>, RegExp][] = [
    [
      { environment: { TEECAM_HTTP__PORT: '99999' } },
      /^TEECAM_HTTP__PORT: http\.port: expected at most 65535; found 99999$/,
    ],
    [{ environment: { TEECAM_HTP__PORT: '1' } }, /^TEECAM_HTP__PORT: htp: .*did you mean http\?$/],
    [
      { environment: { TEECAM_http__port: '1' } },
      /^TEECAM_http__port: expected TEECAM_ and the path in capitals/,
    ],
    [{ set: ['http.port=x'] }, /^--set http\.port=x: http\.port: expected a whole number; found "x"$/],
    [
      { set: ['cameras.front-dor.source=test'] },
      /^--set .*expected a camera of the profile: front-door; .*did you mean front-door\?$/,
    ],
    [
      { set: ['cameras.front-door.streams.high.codec=h264'] },
      /^--set .*streams\.high\.width: expected a whole number; found nothing/,
    ],
    [{ set: ['http.port'] }, /^--set http\.port: expected path=value/],
    [{ set: ['__proto__.x=1'] }, /^--set __proto__\.x=1: expected path=value/],
    [{ set: ['http.port=[1'] }, /^--set http\.port=\[1: http\.port: expected a YAML value/],
    [
      { set: ['http.port.x=1'] },
      /^--set http\.port\.x=1: http\.port\.x: expected http\.port to hold keys; found 8080$/,
    ],
  ];
  for (const [more, expected] of cases) assert.match(faultOf(more).split('\n')[0] ?? '', expected);
  assert.equal(({} as Record<string, unknown>)['x'], undefined);
});

test('other variables of the program are not taken for keys', () => {
  assert.deepEqual(load({ environment: { TEECAM_LOG_LEVEL: 'debug' } }), load({}));
});
