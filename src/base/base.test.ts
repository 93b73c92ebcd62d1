import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { withDeadline } from './clock.js';
import { codeOf, errorCodes, messageOf, TeecamError } from './error.js';
import { exitCodeOf, exitCodes } from './exit-code.js';
import { FakeClock } from './fake-clock.js';
import { redact } from './redact.js';

test('credentials leave an address, the rest of it stays', () => {
  assert.equal(redact('rtsp://joe:secret@cam.local/1'), 'rtsp://***@cam.local/1');
  assert.equal(redact('rtsp://joe:p@ss@cam/1 and http://x/y'), 'rtsp://***@cam/1 and http://x/y');
  assert.equal(redact('{"uri":"http://a:b\\"c@h/"}'), '{"uri":"http://***@h/"}');
  assert.equal(redact('http://h/s?user=a&password=b#c'), 'http://h/s?user=a&password=***#c');
  assert.equal(redact('rtsp://joe:pa/ss@cam/1'), 'rtsp://***@cam/1');
  assert.equal(redact('found "joe:secret@cam"; joe:s@c@cam:554/1'), 'found "***@cam"; ***@cam:554/1');
  assert.equal(redact('--set cameras.a.source=joe:secret@cam'), '--set cameras.a.source=***@cam');
  assert.equal(redact('{"source":"joe:secret@cam"}'), '{"source":"***@cam"}');
  assert.equal(redact('rtsp://cam/user=a_password=b_channel=1.sdp'), 'rtsp://cam/user=a_password=***');
  assert.equal(redact('gst:rtspsrc user-pw=b user-id=a ! x'), 'gst:rtspsrc user-pw=*** user-id=a ! x');
  assert.equal(redact('{"s":"x user-pw=\\"b c\\" ! y"}'), '{"s":"x user-pw=*** ! y"}');
  for (const plain of [
    'mail me@home, see http://h/a@b',
    'http://h:80/a@b',
    'libcamera:/base/soc/i2c0mux/i2c@1/imx219@10',
    '{"at":"12:30:45","who":"me@home"}',
  ]) {
    assert.equal(redact(plain), plain);
  }
});

test('a log line never holds credentials, wherever in it they were', () => {
  const script = `
    import { createLog } from ${JSON.stringify(new URL('log.js', import.meta.url).href)};
    const log = createLog({ pretty: false });
    log.error({ uri: 'rtsp://a:hush@h/1', err: new Error('cannot open rtsp://a:hush@h/2') }, 'at rtsp://a:hush@h/3');
  `;
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  const line = JSON.parse(run.stderr);
  assert.equal(line.msg, 'at rtsp://***@h/3');
  assert.equal(line.uri, 'rtsp://***@h/1');
  assert.equal(line.err.message, 'cannot open rtsp://***@h/2');
  assert.ok(!run.stderr.includes('hush'));
});

test('exit codes follow the error, anything unknown is internal', () => {
  assert.equal(exitCodeOf(new TeecamError('bad-profile', '')), 78);
  assert.equal(exitCodeOf(new TeecamError('address-in-use', '')), 75);
  assert.equal(exitCodeOf(new TeecamError('not-found', '')), exitCodes.internal);
  assert.equal(exitCodeOf(new Error('x')), exitCodes.internal);
  assert.equal(exitCodeOf('x'), exitCodes.internal);
  assert.equal(new Set(errorCodes).size, errorCodes.length);
});

test('anything thrown has a message, and a code if it has one', () => {
  assert.equal(messageOf(new Error('m')), 'm');
  assert.equal(messageOf(7), '7');
  assert.equal(codeOf(Object.assign(new Error('m'), { code: 'EADDRINUSE' })), 'EADDRINUSE');
  assert.equal(codeOf({ code: 7 }), undefined);
  assert.equal(codeOf(null), undefined);
});

test('the fake clock calls what is due, in order, and repeats what repeats', async () => {
  const clock = new FakeClock();
  const calls: string[] = [];
  clock.after(20, () => calls.push(`after ${clock.now()}`));
  const every = clock.every(15, () => calls.push(`every ${clock.now()}`));
  clock.after(10, () => calls.push('cancelled')).cancel();
  await clock.advance(30);
  assert.deepEqual(calls, ['every 15', 'after 20', 'every 30']);
  every.cancel();
  assert.equal(clock.pending, 0);
});

test('a deadline rejects late promises and leaves no timer behind', async () => {
  const clock = new FakeClock();
  const late = withDeadline(new Promise(() => {}), 100, () => new TeecamError('timeout', 'late'), clock);
  const rejected = assert.rejects(late, { code: 'timeout' });
  await clock.advance(100);
  await rejected;
  assert.equal(await withDeadline(Promise.resolve(3), 100, () => new Error(), clock), 3);
  assert.equal(clock.pending, 0);
});
