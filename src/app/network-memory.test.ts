import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultError } from '../camera/fault.js';
import type { Probe } from '../camera/probe.js';
import type { OfferedFormat } from '../plan/capture-format.js';
import { camera } from '../plan/testing.js';
import type { NetworkSource } from '../profile/source.js';
import { NetworkMemory } from './network-memory.js';

const address = 'rtsp://h/1';
const source: NetworkSource = {
  kind: 'rtsp',
  text: address,
  address,
  certificate: null,
  user: null,
  password: null,
};
const { capture } = camera({ copy: { codec: 'copy' } });
const format: OfferedFormat = {
  media: 'video/x-h264',
  format: 'H264',
  width: 640,
  height: 360,
  framerates: [],
};

/** Answers by transport; what is an Error is thrown. Keeps what it was asked with. */
function answering(answers: Record<string, OfferedFormat[] | Error>) {
  const asked: string[] = [];
  const probe: Probe = async (one) => {
    assert.equal(one.kind, 'plan');
    const protocols = String(one.kind === 'plan' && one.plan.graph.nodes[0]?.properties['protocols']);
    asked.push(protocols);
    const answer = answers[protocols];
    if (answer instanceof Error) throw answer;
    return answer ?? [];
  };
  return { asked, probe };
}

const udp = 'udp+udp-mcast';

test('a camera is asked once, and again when it was something else', async () => {
  const memory = new NetworkMemory();
  const { asked, probe } = answering({ tcp: [format] });
  for (let i = 0; i < 3; i++) {
    const found = await memory.find(source, capture, probe);
    assert.deepEqual([found.formats, found.transport], [[format], 'tcp']);
    assert.ok(memory.confirms(address, format));
  }
  assert.deepEqual(asked, ['tcp']);
  const other = { width: 1280, height: 720 };
  assert.ok(memory.confirms(address, other), 'a change while it runs is not a wrong memory');
  await memory.find(source, capture, probe);
  assert.ok(!memory.confirms(address, other));
  await memory.find(source, capture, probe);
  assert.deepEqual(asked, ['tcp', 'tcp']);
  memory.forget(address);
  await memory.find(source, capture, probe);
  assert.equal(asked.length, 3);
});

test('a camera that gives nothing to pass on is remembered too, whatever its size', async () => {
  const memory = new NetworkMemory();
  const { asked, probe } = answering({ tcp: [] });
  assert.equal((await memory.find(source, capture, probe)).formats, null);
  assert.equal((await memory.find(source, capture, probe)).formats, null);
  assert.ok(memory.confirms(address, format));
  assert.deepEqual(asked, ['tcp']);
});

test('without TCP it is UDP; a camera that is away or refuses is not asked twice', async () => {
  const memory = new NetworkMemory();
  const noTcp = faultError('format-refused', 'no TCP');
  const { asked, probe } = answering({ tcp: noTcp, [udp]: [format] });
  assert.equal((await memory.find(source, capture, probe)).transport, 'udp');
  assert.equal((await memory.find(source, capture, probe)).transport, 'udp');
  assert.deepEqual(asked, ['tcp', udp]);

  const neither = answering({ tcp: noTcp, [udp]: faultError('failed', 'no UDP') });
  await assert.rejects(new NetworkMemory().find(source, capture, neither.probe), noTcp);
  for (const reason of ['unreachable', 'refused', 'no-device', 'stalled'] as const) {
    const away = answering({ tcp: faultError(reason, 'away'), [udp]: [format] });
    await assert.rejects(new NetworkMemory().find(source, capture, away.probe));
    assert.deepEqual(away.asked, ['tcp'], reason);
  }
});
