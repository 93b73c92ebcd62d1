/** The page in a real browser, in front of a fake appliance with real frames. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { Door } from '../src/access/door.js';
import { hashPassword } from '../src/access/password.js';
import { Users } from '../src/access/users.js';
import { loadPage } from '../src/api/page.js';
import { FakeAppliance, fakeCamera, fakeControl, fakeDeviceView, fakeStream } from '../src/api/testing.js';
import { packageFolder } from '../src/app/package.js';
import { TeecamError } from '../src/base/error.js';
import { silentLog } from '../src/base/log.js';
import { JpegStreamMedia } from '../src/output/stream-media.js';
import { eventually, noise, Publisher, testAudience, testPad } from '../src/output/testing.js';
import { type JsonSchema, profileJsonSchema } from '../src/profile/json-schema.js';
import { until } from './support/until.js';

const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'];
const executablePath = process.env['TEECAM_CHROMIUM'] ?? '/usr/bin/chromium';
const files = await loadPage([`${packageFolder}web`, `${packageFolder}dist/web`]);
const frame = await noise(640, 480);

const pad = testPad();
const publisher = new Publisher(pad);
const media = new JpegStreamMedia(pad, testAudience().audience);
let appliance: FakeAppliance;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let address = '';
let complaints: string[] = [];

function start(port = 0): Promise<string> {
  appliance = new FakeAppliance();
  appliance.realMedia = media;
  return appliance.listen(files, port);
}

let timers: NodeJS.Timeout[] = [];
before(async () => {
  address = await start();
  browser = await chromium.launch({ executablePath, args });
  timers = [
    setInterval(() => publisher.publish(frame, { durationNs: 50e6 }), 50),
    setInterval(() => appliance.feed.tick(), 200),
  ];
});
after(async () => {
  for (const timer of timers) clearInterval(timer);
  await browser.close();
  await appliance.close();
});

beforeEach(async () => {
  await context?.close();
  context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  page = await context.newPage();
  complaints = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
});

/** Asked again and again from outside: the page's own policy lets no text be run in it. */
async function holds(expression: string): Promise<void> {
  await until(expression, async () => (await page.evaluate(expression)) === true);
}

async function open(): Promise<void> {
  await page.goto(address);
  await page.locator('.camera').first().waitFor();
}

/** A camera whose profile can be changed; its first stream has no viewer, its second four. */
async function openControlled(): Promise<void> {
  const low = { codec: 'jpeg', width: 640, height: 480, framerate: 15, quality: 75 };
  const high = { codec: 'h264', width: 1280, height: 720, framerate: 30 };
  const readers = { rtsp: 1, mjpeg: 2, ts: 0, mp4: 0, ws: 0, inProcess: 0, shmsink: 0, ring: 1 };
  const streams = [fakeStream('high', { codec: 'h264' }), fakeStream('low', { readers })];
  appliance.cameraViews = [fakeCamera('front', { streams })];
  const { control } = appliance;
  control.asked.length = 0;
  control.failure = null;
  const profile = { cameras: { front: { source: 'test', streams: { high, low } } } };
  control.view = () => ({ profile, changes: {}, overrides: [], needsRestart: [], kept: true });
  await open();
}

function below(schema: JsonSchema | undefined): JsonSchema {
  return schema?.additionalProperties || {};
}

describe('the page', () => {
  it('shows the camera live, and its numbers, without a complaint of the browser', async () => {
    appliance.cameraViews = [fakeCamera('front')];
    await open();
    assert.equal(await page.locator('.camera h2').textContent(), 'front');
    assert.equal(await page.locator('.state').textContent(), 'Live');
    const image = page.locator('.picture img');
    await eventually(() => media.mjpegStats().clients === 1, 'the picture is watched');
    await holds(`document.querySelector('.picture img').naturalWidth === 640`);
    assert.match((await image.getAttribute('src')) ?? '', /\/front\/low\.mjpg/);
    assert.ok(await image.isVisible());
    const names = await page.locator('.stream-name').allTextContents();
    assert.deepEqual(names, ['high', 'low']);
    assert.deepEqual(complaints, []);
  });

  it('shows a camera that has no JPEG stream, by the smallest picture that fills the card', async () => {
    const sized = (name: string, width: number) => fakeStream(name, { codec: 'h264', width });
    const streams = [sized('high', 1920), sized('medium', 640), sized('low', 320)];
    appliance.cameraViews = [fakeCamera('front', { streams })];
    await open();
    await eventually(() => media.mjpegStats().clients === 1, 'the picture is watched');
    const source = await page.locator('.picture img').getAttribute('src');
    assert.match(source ?? '', /\/front\/medium\.mjpg/);
  });

  it('lets go of the camera while its tab is hidden, and while it is off the screen', async () => {
    appliance.cameraViews = [fakeCamera('front')];
    await open();
    await eventually(() => media.mjpegStats().clients === 1, 'watched');
    const hide = (hidden: boolean) =>
      page.evaluate(`
        Object.defineProperty(document, 'visibilityState', { value: '${hidden ? 'hidden' : 'visible'}', configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      `);
    await hide(true);
    await eventually(() => media.mjpegStats().clients === 0, 'let go while hidden');
    await hide(false);
    await eventually(() => media.mjpegStats().clients === 1, 'watched again');
    await page.evaluate(`document.body.style.paddingTop = '4000px'`);
    await eventually(() => media.mjpegStats().clients === 0, 'let go off the screen');
  });

  it('tells a change of state at once, with its reason in words', async () => {
    appliance.cameraViews = [fakeCamera('front')];
    await open();
    appliance.cameraViews = [
      fakeCamera('front', { state: 'slate', reason: 'gone', detail: '<b>unplugged</b>', health: 'degraded' }),
    ];
    appliance.feed.update();
    await page.getByText('The camera went away').waitFor();
    assert.equal(await page.locator('.trouble-detail').textContent(), '<b>unplugged</b>');
    assert.equal(await page.locator('.health').textContent(), 'degraded');
  });

  it('opens the addresses by keyboard and copies one, as this browser reaches it', async () => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const addresses = { ...fakeStream('low').addresses, rtsp: 'rtsp://0.0.0.0:8554/front/low' };
    appliance.cameraViews = [
      fakeCamera('front', { streams: [fakeStream('high'), fakeStream('low', { addresses })] }),
    ];
    await open();
    const toggle = page.getByRole('button', { name: 'Addresses of low' });
    assert.equal(await toggle.getAttribute('aria-expanded'), 'false');
    await toggle.focus();
    await page.keyboard.press('Enter');
    assert.equal(await toggle.getAttribute('aria-expanded'), 'true');
    await page.locator('#addresses-front-low').getByRole('button', { name: 'Copy RTSP' }).click();
    await page.getByText('Copied').waitFor();
    const copied = await page.evaluate('navigator.clipboard.readText()');
    assert.equal(copied, 'rtsp://127.0.0.1:8554/front/low');
    assert.match(
      (await page.locator('#addresses-front-low pre').textContent()) ?? '',
      /teecam\.open\("front", "low"\)/,
    );
  });

  it('measures a stream while its analysis is open, and asks no more when it is closed', async () => {
    appliance.cameraViews = [fakeCamera('front')];
    const { asked } = appliance.analysis;
    asked.length = 0;
    await open();
    assert.equal(asked.length, 0);
    const toggle = page.getByRole('button', { name: 'Analysis of high' });
    await toggle.click();
    const panel = page.locator('#analysis-front-high');
    await panel.getByText('1.9 Mbit/s').waitFor();
    for (const text of ['30.0 of 30', '15 frames, 500 ms', '20 I, 280 P', 'Constrained Baseline, level 3.1'])
      assert.ok(await panel.getByText(text).isVisible(), text);
    const points = await panel.locator('polyline').getAttribute('points');
    assert.equal(points?.split(' ').length, 30);
    await until('it is asked for again', () => asked.length >= 2);
    await toggle.click();
    assert.equal(await panel.isVisible(), false);
    // What was asked already may still be under way; a second later it is not.
    let before = -1;
    const quiet = () => {
      const same = asked.length === before;
      before = asked.length;
      return same;
    };
    await until('nobody asks any more', quiet, { everyMs: 1500 });
    assert.deepEqual(complaints, []);
  });

  it('says why there is no analysis', async () => {
    appliance.cameraViews = [fakeCamera('front')];
    appliance.analysis.failure = new TeecamError('unavailable', 'no frame comes', { expose: true });
    await open();
    await page.getByRole('button', { name: 'Analysis of low' }).click();
    await page.locator('#analysis-front-low').getByText('no frame comes').waitFor();
    appliance.analysis.failure = null;
  });

  it('says when the appliance is gone, and comes back by itself', async () => {
    appliance.cameraViews = [fakeCamera('front')];
    await open();
    await appliance.close();
    await page.getByText('The appliance cannot be reached').waitFor();
    assert.equal(await start(Number(new URL(address).port)), address);
    appliance.cameraViews = [fakeCamera('front'), fakeCamera('back')];
    await page.getByText('The appliance cannot be reached').waitFor({ state: 'hidden' });
    await page.getByRole('heading', { name: 'back' }).waitFor();
    await eventually(() => media.mjpegStats().clients >= 1, 'the picture came back');
  });

  it('shows who watches while that is open, and ends one of them', async () => {
    appliance.cameraViews = [fakeCamera('front')];
    await open();
    assert.equal(appliance.sessions.queries.length, 0, 'nobody has asked');
    await page.getByRole('button', { name: 'Show the viewers' }).click();
    const table = page.getByRole('table', { name: 'Viewers' });
    await table.getByText('front/low by RTSP (tcp)').waitFor();
    await page.getByText('2 viewers now, 4 at most, 5 since the start, 3 turned away').waitFor();
    assert.equal(await table.getByText('Watching').count(), 2);
    await table
      .getByRole('button', { name: /^End 10\.0\.0\.7/ })
      .first()
      .click();
    await table.getByText('Ended from here').waitFor();
    assert.equal(appliance.sessions.views[0]?.reason, 'dismissed');
    assert.equal(await table.getByRole('button').count(), 1, 'what has ended cannot be ended');
    assert.deepEqual(complaints, []);
  });

  it('explains what to do when there is no camera', async () => {
    appliance.cameraViews = [];
    await page.goto(address);
    await page.getByRole('heading', { name: 'No cameras yet' }).waitFor();
  });

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
    await dialog.getByText(detail).waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await dialog.waitFor({ state: 'detached' });
    appliance.deviceViews = [fakeDeviceView('/dev/video0')];
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

  it('fits a phone', async () => {
    appliance.cameraViews = [fakeCamera('front')];
    await page.setViewportSize({ width: 390, height: 844 });
    await open();
    const overflow = 'document.documentElement.scrollWidth - innerWidth';
    assert.equal(await page.evaluate(overflow), 0);
    const link = await page.locator('#link').boundingBox();
    assert.ok(link && link.x + link.width <= 390, 'whether it is connected is in sight');
    await page.getByRole('button', { name: 'Add camera' }).click();
    await page.getByRole('dialog').getByText('More settings').first().click();
    const dialog = 'document.querySelector("dialog").scrollWidth - innerWidth';
    assert.ok(Number(await page.evaluate(dialog)) <= 0);
  });
});

describe('the page behind a password', () => {
  const closed = new FakeAppliance();
  let base = '';
  before(async () => {
    closed.realMedia = media;
    const users = new Users({ joe: await hashPassword('joe', 'pass:wörd') }, silentLog);
    closed.door = new Door(users, silentLog);
    base = await closed.listen(files);
  });
  after(() => closed.close());

  async function openAs(password: string): Promise<number | undefined> {
    await context.close();
    context = await browser.newContext({ httpCredentials: { username: 'joe', password } });
    page = await context.newPage();
    return (await page.goto(base))?.status();
  }

  it('shows pictures and what happens, once the password is given', async () => {
    assert.equal(await openAs('pass:wörd'), 200);
    await page.locator('.camera').first().waitFor();
    await holds(`document.querySelector('.picture img').naturalWidth === 640`);
    await eventually(() => closed.feed.listenerCount === 1, 'events are listened to');
    closed.cameraViews = [fakeCamera('front', { state: 'slate', reason: 'gone' })];
    closed.feed.update();
    await holds(`document.querySelector('.state').textContent !== 'Live'`);
    assert.deepEqual(closed.door?.refusals, { password: 0, limit: 0 });
  });

  it('is not shown without', async () => {
    assert.equal(await openAs('wrong'), 401);
    assert.equal(await page.locator('.camera').count(), 0);
  });
});
