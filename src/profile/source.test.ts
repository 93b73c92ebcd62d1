import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinSources, parseSource, type Source } from './source.js';
import { SourceFault } from './source-fault.js';

const parse = (text: string) => parseSource(text, '/p');
const pathsOf = (source: Source) => (source.kind === 'file' ? source.paths : []);

test('each kind is parsed into its parts', () => {
  assert.deepEqual(parse('auto'), { kind: 'auto', text: 'auto' });
  assert.deepEqual(parse('test'), { kind: 'test', text: 'test', pattern: null });
  assert.deepEqual(parse('test:ball'), { kind: 'test', text: 'test:ball', pattern: 'ball' });
  const device = {
    kind: 'v4l2',
    text: 'v4l2:/dev/v4l/by-id/usb-A:B',
    device: '/dev/v4l/by-id/usb-A:B',
    serial: null,
    bus: null,
  };
  assert.deepEqual(parse(device.text), device);
  assert.deepEqual(parse('v4l2:serial=A1'), {
    kind: 'v4l2',
    text: 'v4l2:serial=A1',
    device: null,
    serial: 'A1',
    bus: null,
  });
  const port = { kind: 'v4l2', text: 'v4l2:bus=usb-0:1-2', device: null, serial: null, bus: 'usb-0:1-2' };
  assert.deepEqual(parse(port.text), port);
  const file = { kind: 'file', text: 'file:a b?.mp4?loop=3', paths: ['/p/a b?.mp4'], loops: 3 };
  assert.deepEqual(parse(file.text), file);
  assert.deepEqual(pathsOf(parse('file:../x')), ['/x']);
  assert.deepEqual(pathsOf(parse('file:///x/y')), ['/x/y']);
});

test('an address and its credentials are kept apart', () => {
  const of = (text: string) => {
    const source = parse(text);
    assert.ok('address' in source);
    return [source.kind, source.address, source.user, source.password];
  };
  assert.deepEqual(of('rtsp://h:554/a?b=c&d'), ['rtsp', 'rtsp://h:554/a?b=c&d', null, null]);
  assert.deepEqual(of('rtsps://joe:s@cr%2Fe:t@h/1'), ['rtsp', 'rtsps://h/1', 'joe', 's@cr/e:t']);
  assert.deepEqual(of('http://joe@[::1]:80/x'), ['http', 'http://[::1]:80/x', 'joe', '']);
  assert.deepEqual(of('https://joe:50%@h/p@q'), ['http', 'https://h/p@q', 'joe', '50%']);
});

test('the certificate of a camera is named behind its address, as openssl writes it or without colons', () => {
  const digits = '0af9'.repeat(16);
  const colons = digits.toUpperCase().match(/../g)?.join(':');
  for (const written of [digits, colons]) {
    const source = parse(`rtsps://joe:x@h/1?a#sha256=${written}`);
    assert.ok(source.kind === 'rtsp');
    assert.deepEqual([source.address, source.certificate], ['rtsps://h/1?a', digits]);
  }
  const plain = parse('https://h/1');
  assert.ok(plain.kind === 'http' && plain.certificate === null);
});

test('cameras of boards, and elements', () => {
  assert.deepEqual(parse('libcamera'), { kind: 'libcamera', text: 'libcamera', id: null });
  const name = '/base/soc/i2c0mux/i2c@1/imx219@10';
  assert.deepEqual(parse(`libcamera:${name}`), { kind: 'libcamera', text: `libcamera:${name}`, id: name });
  assert.deepEqual(parse('argus'), { kind: 'argus', text: 'argus', sensor: 0 });
  assert.deepEqual(parse('argus:1'), { kind: 'argus', text: 'argus:1', sensor: 1 });
  const bin = 'videotestsrc\n! identity';
  assert.deepEqual(parse(`gst:${bin}\n`), { kind: 'gst', text: `gst:${bin}\n`, bin });
});

test('what cannot be a source says what it should be', () => {
  const cases: [string, RegExp][] = [
    ['v4l2:video0', /the path of a device/],
    ['rtsps://h/1#sha256=ab', /64 hexadecimal digits/],
    ['rtsps://h/1#any', /64 hexadecimal digits/],
    [`http://h/1#sha256=${'ab'.repeat(32)}`, /https:\/\/ with #sha256=/],
    ['v4l2', /the path of a device/],
    ['v4l2:serial=', /a serial number/],
    ['v4l2:bus=', /where it is plugged in/],
    ['v4l2:name=C920', /v4l2:bus=/],
    ['file:', /a path behind file:/],
    ['file:a?loop=0', /a whole number above 0/],
    ['test:bal', /a test pattern/],
    ['auto:x', /auto without anything/],
    ['clip.mp4', /auto, v4l2:PATH/],
    ['rtsp:h/1', /an address such as rtsp:/],
    ['http://', /an address such as http:/],
    ['rtsp://joe:a/b@h/1', /write \/ as %2F/],
    ['http://h/a b', /an address such as/],
    ['rtsp://***@h/1', /the address with its user and password/],
    ['libcamera:', /a camera's name/],
    ['argus:left', /the number of a sensor/],
    ['gst: ', /elements behind gst:/],
  ];
  for (const [text, expected] of cases) assert.throws(() => parse(text), expected, text);
  assert.throws(
    () => parse('test:pinwhel'),
    (error) => error instanceof SourceFault && error.nearest === 'pinwheel',
  );
});

test('a list of files is one source, a list of anything else is none yet', () => {
  const joined = joinSources([parse('file:a'), parse('file:b?loop=2')]);
  assert.deepEqual(joined, {
    kind: 'file',
    text: 'file:a, file:b?loop=2',
    paths: ['/p/a', '/p/b'],
    loops: 2,
  });
  assert.throws(() => joinSources([parse('file:a'), parse('test')]), /not supported yet/);
  assert.throws(() => joinSources([parse('file:a?loop=1'), parse('file:b?loop=2')]), /the same \?loop=/);
});
