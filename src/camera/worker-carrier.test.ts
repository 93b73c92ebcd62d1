import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { pino } from 'pino';
import { startWorker } from './worker-carrier.js';

/** A worker that is a script: it answers each line on descriptor 3 with another. */
async function scripted(t: test.TestContext, body: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'teecam-worker-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = path.join(folder, 'worker');
  await writeFile(file, `#!/bin/bash\n${body}\n`);
  await chmod(file, 0o755);
  return file;
}

interface Heard {
  messages: string[];
  lines: { level: number; msg: string }[];
  how: string;
  /** How often the end was told. */
  ends: number;
}

/** Resolves after the worker's end, with all it said. */
function listen(
  executable: string,
  begin: (send: (json: string) => void, kill: () => void, abandon: () => void) => void,
): Promise<Heard> {
  const heard: Heard = { messages: [], lines: [], how: '', ends: 0 };
  const log = pino({ level: 'trace' }, { write: (line) => void heard.lines.push(JSON.parse(line)) });
  return new Promise((resolve) => {
    const carrier = startWorker(
      { executable, camera: 'front', log },
      {
        onMessage: (json) => void heard.messages.push(json),
        onEnd: (how) => {
          heard.how = how;
          heard.ends += 1;
          setImmediate(() => resolve(heard));
        },
      },
    );
    begin(carrier.send, carrier.kill, carrier.abandon);
  });
}

test('lines go both ways, the log has its levels, the end comes last', async (t) => {
  const file = await scripted(
    t,
    'echo "<4>careful" >&2; echo plain >&2; read -r line <&3; echo "{\\"got\\":$line}" >&3; exit 7',
  );
  const heard = await listen(file, (send) => send('{"type":"stop"}'));
  assert.deepEqual(heard.messages, ['{"got":{"type":"stop"}}']);
  assert.deepEqual(
    heard.lines.filter(({ level }) => level >= 30).map(({ level, msg }) => [level, msg]),
    [
      [40, 'careful'],
      [30, 'plain'],
    ],
  );
  assert.equal(heard.how, 'ended with code 7');
  assert.equal(heard.ends, 1);
});

test("GStreamer's lines have the level that they name, and are never hidden as details", async (t) => {
  const line = (level: string) => `0:00:00.0254 123 0x562e36b09a60 ${level} x264enc gstx264enc.c:1:f: words`;
  const coloured = '0:00:00.02 \\033[35m 12\\033[00m 0x56 \\033[33;01mWARN   \\033[00m x.c:1:f: words';
  const levels = ['ERROR', 'WARN', 'INFO', 'LOG'].map((level) => `echo "${line(level)}" >&2`);
  const file = await scripted(t, [...levels, `printf "${coloured}\\n" >&2`].join('\n'));
  const heard = await listen(file, () => {});
  const told = heard.lines.filter(({ msg }) => msg.endsWith('words'));
  assert.deepEqual(
    told.map(({ level }) => level),
    [50, 40, 30, 30, 40],
  );
});

test('a worker has files of its own', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'teecam-dot-'));
  t.after(() => rm(folder, { recursive: true }));
  const before = { ...process.env };
  t.after(() => {
    process.env = before;
  });
  Object.assign(process.env, { GST_DEBUG_FILE: `${folder}/gst.log`, GST_DEBUG_DUMP_DOT_DIR: folder });
  const file = await scripted(t, 'echo "$GST_DEBUG_FILE $GST_DEBUG_DUMP_DOT_DIR" >&2');
  const { lines } = await listen(file, () => {});
  assert.ok(lines.some(({ msg }) => msg === `${folder}/gst.front.%p.log ${folder}/front`));
  assert.deepEqual(await readdir(folder), ['front']);
});

test('a killed worker, and one that does not exist, have ended', async (t) => {
  const file = await scripted(t, 'echo "{}" >&3; read -r line <&3');
  const killed = await listen(file, (_send, kill) => {
    kill();
    kill();
  });
  assert.equal(killed.how, 'was ended by SIGKILL');
  const abandoned = await listen(file, (_send, _kill, abandon) => abandon());
  assert.deepEqual([abandoned.how, abandoned.ends], ['cannot be ended: a driver holds it in the kernel', 1]);
  const missing = await listen('/nowhere/teecam-worker', (send) => send('{}'));
  assert.match(missing.how, /cannot be started: .*ENOENT/);
  assert.equal(missing.ends, 1);
});
