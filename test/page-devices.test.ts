/** What the page shows of devices, and of their controls. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fakeControl, fakeDeviceView } from '../src/api/testing.js';
import { TeecamError } from '../src/base/error.js';
import { appliance, openControlled, page, useBrowser } from './support/page.js';
import { until } from './support/until.js';

useBrowser();

describe('the devices on the page', () => {
  it('sets controls while they are moved, and follows those that change by themselves', async () => {
    await openControlled();
    const { controls } = appliance;
    controls.asked.length = 0;
    const menu = [
      { value: 0, label: 'Manual' },
      { value: 3, label: 'Automatic' },
    ];
    const list = [
      fakeControl('brightness', { label: 'Brightness' }),
      fakeControl('flip', { label: 'Flip', type: 'boolean', default: false, value: false }),
      fakeControl('auto', { label: 'Mode', type: 'menu', menu, default: 3, value: 3, group: 'Camera' }),
      fakeControl('exposure', { label: 'Exposure', inactive: true, group: 'Camera' }),
      fakeControl('press', { label: 'Press', type: 'button', default: null, value: null }),
    ];
    controls.view = { device: '/dev/video0', controls: list, kept: {}, faults: [] };
    await page.getByRole('button', { name: 'Controls of front', exact: true }).click();
    const panel = page.getByRole('region', { name: 'Controls of front' });
    const slider = panel.getByLabel('Brightness', { exact: true });
    await slider.waitFor();
    assert.ok(await panel.getByLabel('Exposure', { exact: true }).isDisabled());
    await slider.focus();
    await page.keyboard.press('ArrowRight');
    await until('it is set', () => controls.asked.length > 0);
    assert.deepEqual(controls.asked.at(-1), { brightness: 51 });
    await panel.getByLabel('Flip', { exact: true }).click();
    await until('it is set', () => JSON.stringify(controls.asked.at(-1)) === '{"flip":true}');
    await panel.getByLabel('Mode', { exact: true }).selectOption('Manual');
    await until('it is set', () => JSON.stringify(controls.asked.at(-1)) === '{"auto":0}');
    const sendPressed = controls.hold();
    await panel.getByRole('button', { name: 'Press', exact: true }).click();
    await until('it is pressed', () => JSON.stringify(controls.asked.at(-1)) === '{"press":true}');

    const changed = list.map((one) =>
      one.name === 'exposure' ? { ...one, inactive: false, value: 77 } : one,
    );
    controls.view = { ...controls.view, controls: changed };
    await until('it follows', async () => {
      appliance.feed.tell({ event: 'controls', camera: 'front', controls: changed });
      return (await page.evaluate(`document.querySelector('#control-front-exposure').value`)) === '77';
    });
    // The answer to what was pressed is older than what was told since; what is set next waits for it.
    await panel.getByLabel('Flip', { exact: true }).click();
    const sendSet = controls.hold();
    sendPressed();
    await until('it is set', () => JSON.stringify(controls.asked.at(-1)) === '{"flip":true}');
    assert.ok(await panel.getByLabel('Exposure', { exact: true }).isEnabled());
    sendSet();
    await panel.getByRole('button', { name: 'Reset Exposure' }).click();
    await until('it is reset', () => JSON.stringify(controls.asked.at(-1)) === '{"exposure":null}');
    appliance.control.failure = new TeecamError('bad-profile', 'wrong', {
      expose: true,
      details: {
        errors: [{ field: 'cameras.front.capture.controls.exposure', message: 'expected <b>less</b>' }],
      },
    });
    await panel.getByLabel('Exposure', { exact: true }).fill('5');
    await page.getByText('exposure: expected <b>less</b>').waitFor();
    appliance.control.failure = null;
    await panel.getByRole('button', { name: 'Bring all controls' }).click();
    await until('all are reset', () => controls.asked.at(-1) === 'reset');
    await page.getByRole('button', { name: 'Controls of front', exact: true }).click();
    assert.equal(await panel.count(), 0);
  });

  it('lists the devices, and follows what is connected and disconnected', async () => {
    await openControlled();
    appliance.deviceViews = [fakeDeviceView('/dev/video0')];
    await page.getByRole('button', { name: 'Devices' }).click();
    const dialog = page.getByRole('dialog', { name: 'Devices of this machine' });
    await dialog.getByText('Used by front').waitFor();
    await dialog.getByText('Formats: JPEG').click();
    const [hardware] = appliance.encoderViews;
    assert.ok(hardware);
    hardware.failures.push({ camera: 'front', why: 'it hangs', since: new Date().toISOString() });
    await dialog.getByText('Refused: it gives no frames').waitFor();
    await dialog.getByText('jpegdec · decodes JPEG in software').waitFor();
    await dialog.getByText('Does not work: there is none').waitFor();
    await dialog.getByText('1920\u00a0×\u00a01080 (30, 15)').waitFor();
    const detail = '/dev/video2: <b>Permission denied</b>';
    const other = fakeDeviceView('/dev/video2', {
      source: 'v4l2:bus=usb-1',
      cameras: [],
      reason: 'no-permission',
      detail,
    });
    appliance.deviceViews = [other];
    await dialog.getByText('Used by front').waitFor();
    appliance.feed.tell({ event: 'device', action: 'added', device: other });
    await dialog.getByText('No camera of the profile uses it').waitFor();
    await dialog.getByText('Failed for front, which has another encoder now: it hangs').waitFor();
    await dialog.getByText(detail).waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await dialog.waitFor({ state: 'detached' });
    appliance.deviceViews = [fakeDeviceView('/dev/video0')];
  });
});
