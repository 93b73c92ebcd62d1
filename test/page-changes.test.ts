/** The page's forms: what they ask, what they say, and what they send. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fakeCamera } from '../src/api/testing.js';
import { TeecamError } from '../src/base/error.js';
import { eventually } from '../src/output/testing.js';
import { type JsonSchema, profileJsonSchema } from '../src/profile/json-schema.js';
import { appliance, holds, openControlled, page, useBrowser } from './support/page.js';

useBrowser();

function below(schema: JsonSchema | undefined): JsonSchema {
  return schema?.additionalProperties || {};
}

describe('the page that changes cameras', () => {
  it('changes a stream: says what it will do, shows faults at their keys, sends what was changed alone', async () => {
    const { control } = appliance;
    await openControlled();
    await page.getByRole('button', { name: 'Settings of front/low' }).click();
    const dialog = page.getByRole('dialog', { name: 'Settings of front/low' });
    const apply = dialog.getByRole('button', { name: 'Apply' });
    await dialog.getByText('Nothing is changed yet').waitFor();
    assert.ok(await apply.isDisabled());
    assert.equal(await dialog.getByLabel('Quality').inputValue(), '75');
    assert.equal(await dialog.getByLabel('Bitrate').count(), 0, 'a key of another codec');

    control.failure = new TeecamError('bad-profile', 'wrong', {
      expose: true,
      details: {
        errors: [
          { field: 'cameras.front.streams.low.quality', message: 'expected at most 100; found 900' },
          { field: 'http.port', message: 'expected <b>another</b>' },
        ],
      },
    });
    await dialog.getByLabel('Quality').fill('900');
    await dialog.getByText('expected at most 100; found 900').waitFor();
    assert.equal(await dialog.getByLabel('Quality').getAttribute('aria-invalid'), 'true');
    assert.equal(await dialog.getByLabel('Width').getAttribute('aria-invalid'), 'false');
    assert.equal(await dialog.getByRole('alert').textContent(), 'http.port: expected <b>another</b>');
    assert.ok(await apply.isDisabled());

    control.failure = null;
    await dialog.getByLabel('Quality').fill('60');
    await dialog.getByText('Live: viewers notice nothing').waitFor();
    await dialog.getByText('More settings').click();
    await dialog.getByLabel('Always on').check();
    await eventually(
      () => JSON.stringify(control.asked).includes('"always":true'),
      'shown before it is done',
    );
    await holds(`!document.querySelector('dialog .primary').disabled`);
    control.asked.length = 0;
    await dialog.getByLabel('Quality').press('Enter');
    await dialog.waitFor({ state: 'detached' });
    const done = control.asked.filter((one) => 'kind' in one && !one.dryRun);
    assert.deepEqual(done, [
      {
        kind: 'change',
        camera: 'front',
        stream: 'low',
        value: { quality: 60, always: true },
        dryRun: false,
      },
    ]);
    await page.getByRole('status').getByText('Settings of front/low: done').waitFor();
  });

  it('takes the keys of the codec that goes with it', async () => {
    const { control } = appliance;
    await openControlled();
    await page.getByRole('button', { name: 'Settings of front/low' }).click();
    await page.getByRole('dialog').getByLabel('Codec').selectOption('raw');
    await page.getByRole('dialog').getByLabel('Format').selectOption('BGR');
    await eventually(
      () => JSON.stringify(control.asked).includes('"value":{"codec":"raw","quality":null,"format":"BGR"}'),
      'the patch takes the quality away',
    );
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.ok(
      control.asked.every((one) => 'kind' in one && one.dryRun),
      'nothing was done',
    );
  });

  it('adds a camera with its first stream, by keyboard, from the cameras that are connected', async () => {
    const { control } = appliance;
    await openControlled();
    await page.getByRole('button', { name: 'Add camera' }).focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Add a camera' });
    await dialog.waitFor();
    const sources = await page
      .locator('#sources option')
      .evaluateAll((options: { value: string }[]) => options.map(({ value }) => value));
    assert.deepEqual(sources, ['auto', 'v4l2:serial=A1', 'test']);
    await page.keyboard.type('back');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('v4l2:serial=A1');
    await eventually(() => JSON.stringify(control.asked).includes('A1'), 'it was asked what it would do');
    await holds(`!document.querySelector('dialog .primary').disabled`);
    appliance.cameraViews = [...appliance.cameraViews, fakeCamera('back')];
    // In the source's own field, Enter is for its list.
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    assert.deepEqual(control.asked.at(-1), {
      kind: 'add',
      camera: 'back',
      stream: null,
      value: {
        source: 'v4l2:serial=A1',
        streams: { main: { codec: 'h264', width: 1280, height: 720, framerate: 30 } },
      },
      dryRun: false,
    });
  });

  it('asks before it removes, and Enter is no answer', async () => {
    const { control } = appliance;
    await openControlled();
    await page.getByRole('button', { name: 'Settings of front', exact: true }).click();
    await page.getByRole('button', { name: 'Remove camera' }).click();
    const dialog = page.getByRole('dialog', { name: 'Remove front' });
    await dialog.getByText('4 readers will be ended').waitFor();
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    assert.ok(control.asked.every((one) => 'kind' in one && one.dryRun));

    await page.getByRole('button', { name: 'Settings of front/high' }).click();
    await page.getByRole('button', { name: 'Remove stream' }).click();
    const remove = page.getByRole('dialog', { name: 'Remove front/high' });
    await remove.getByText('Nobody is watching now').waitFor();
    await remove.getByRole('button', { name: 'Remove' }).click();
    await remove.waitFor({ state: 'detached' });
    const removal = { kind: 'remove', camera: 'front', stream: 'high', value: {}, dryRun: false };
    assert.deepEqual(control.asked.at(-1), removal);
  });

  it('says so when a change is refused, and keeps what was filled in', async () => {
    const { control } = appliance;
    await openControlled();
    await page.getByRole('button', { name: 'Add a stream to front' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('low');
    await dialog.getByText('Live: viewers notice nothing').waitFor();
    control.failure = new TeecamError('no-space', 'there is no room in /dev/shm', { expose: true });
    await dialog.getByRole('button', { name: 'Add' }).click();
    await dialog.getByRole('alert').getByText('there is no room in /dev/shm').waitFor();
    assert.equal(await dialog.getByLabel('Name').inputValue(), 'low');
    assert.ok(await dialog.getByRole('button', { name: 'Add' }).isEnabled());
  });

  it('asks for every key that the profile has', async () => {
    await openControlled();
    const ask = async (name: string) => {
      await page.getByRole('button', { name, exact: true }).click();
      await page.getByRole('dialog').waitFor();
      const shown = await page.locator('dialog .field').count();
      await page.keyboard.press('Escape');
      return shown;
    };
    const { properties } = below(profileJsonSchema.properties?.['cameras']);
    const [h264, jpeg] = below(properties?.['streams']).oneOf ?? [];
    const keys = (schema: JsonSchema | undefined) => Object.keys(schema?.properties ?? {}).length;
    assert.ok(keys(h264) > 8 && keys(jpeg) > 8);
    assert.equal(await ask('Settings of front/high'), keys(h264));
    assert.equal(await ask('Settings of front/low'), keys(jpeg));
    // Groups are no fields; the streams and the controls are asked for by themselves.
    const leaves = (schema: JsonSchema | undefined): number =>
      Object.entries(schema?.properties ?? {}).reduce((sum, [key, one]) => {
        if (key === 'streams' || key === 'controls') return sum;
        return sum + (one.properties ? leaves(one) : 1);
      }, 0);
    assert.equal(await ask('Settings of front'), leaves({ properties: properties ?? {} }));
  });
});
