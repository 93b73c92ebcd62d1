import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../base/fake-clock.js';
import { fakeDevice } from '../native/fake-device.js';
import { DeviceList } from './device-list.js';

function setup() {
  const looks: boolean[] = [];
  const clock = new FakeClock();
  const list = new DeviceList(async (withControls = false) => {
    looks.push(withControls);
    return [fakeDevice(`/dev/video${looks.length}`)];
  }, clock);
  return { list, clock, looks };
}

test('who asks at about the same time shares a look', async () => {
  const { list, clock, looks } = setup();
  const [one, other] = await Promise.all([list.listDevices(), list.listDevices()]);
  assert.deepEqual([looks.length, one === other], [1, true]);
  await clock.advance(2001);
  assert.equal((await list.listDevices())[0]?.path, '/dev/video2');
});

test('what came or went is seen by whoever is told of it', async () => {
  const { list } = setup();
  await list.listDevices();
  const seen: Promise<string | undefined>[] = [];
  list.onChange(() => seen.push(list.listDevices().then(([device]) => device?.path)));
  list.changed();
  assert.deepEqual(await Promise.all(seen), ['/dev/video2']);
});

test('controls are read for each who wants them', async () => {
  const { list, looks } = setup();
  await list.listDevices(true);
  await list.listDevices(true);
  assert.deepEqual(looks, [true, true]);
});
