import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workerEnvironment } from './worker-environment.js';

const env = (inherited: NodeJS.ProcessEnv, forPeople = false) =>
  workerEnvironment(inherited, 'front', forPeople);

test('what is not about files or colours passes as it is', () => {
  const inherited = {
    ...{ GST_DEBUG: '2,x264enc:5', GST_PLUGIN_PATH: '/plugins', HOME: '/home/me' },
    GST_V4L2_FORCE_DRAIN: '0',
  };
  assert.deepEqual(env(inherited, true), { env: inherited, dotFolder: null });
});

test('no two workers write one file, and none that of the appliance', () => {
  const fileFor = (file: string) => env({ GST_DEBUG_FILE: file }).env['GST_DEBUG_FILE'];
  assert.equal(fileFor('/tmp/gst.log'), '/tmp/gst.front.%p.log');
  assert.equal(fileFor('gst'), 'gst.front.%p');
  assert.equal(fileFor('/tmp/%p.txt'), '/tmp/%p.front.txt');
  assert.equal(fileFor('-'), undefined);
});

test('graphs lie in a folder for each camera', () => {
  const { env: made, dotFolder } = env({ GST_DEBUG_DUMP_DOT_DIR: '/tmp/dots' });
  assert.equal(dotFolder, '/tmp/dots/front');
  assert.equal(made['GST_DEBUG_DUMP_DOT_DIR'], dotFolder);
});

test('colours are for terminals, unless somebody says otherwise', () => {
  assert.equal(env({}).env['GST_DEBUG_NO_COLOR'], '1');
  assert.equal(env({}).env['GST_V4L2_FORCE_DRAIN'], '1');
  assert.equal(env({}, true).env['GST_DEBUG_NO_COLOR'], undefined);
  assert.equal(env({ GST_DEBUG_COLOR_MODE: 'on' }).env['GST_DEBUG_NO_COLOR'], undefined);
});
