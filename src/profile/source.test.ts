import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinSources, parseSource, type Source, SourceFault } from './source.js';

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
  };
  assert.deepEqual(parse(device.text), device);
  assert.deepEqual(parse('v4l2:serial=A1'), {
    kind: 'v4l2',
    text: 'v4l2:serial=A1',
    device: null,
    serial: 'A1',
  });
  const file = { kind: 'file', text: 'file:a b?.mp4?loop=3', paths: ['/p/a b?.mp4'], loops: 3 };
  assert.deepEqual(parse(file.text), file);
  assert.deepEqual(pathsOf(parse('file:../x')), ['/x']);
  assert.deepEqual(pathsOf(parse('file:///x/y')), ['/x/y']);
});

test('what cannot be a source says what it should be', () => {
  const cases: [string, RegExp][] = [
    ['v4l2:video0', /the path of a device/],
    ['v4l2', /the path of a device/],
    ['v4l2:serial=', /a serial number/],
    ['file:', /a path behind file:/],
    ['file:a?loop=0', /a whole number above 0/],
    ['test:bal', /a test pattern/],
    ['auto:x', /auto without anything/],
    ['clip.mp4', /auto, v4l2:PATH/],
    ['rtsp://h/1', /does not support yet/],
    ['gst:videotestsrc', /does not support yet/],
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
