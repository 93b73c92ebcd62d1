/** What the page shows, and to whom. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Door } from '../src/access/door.js';
import { hashPassword } from '../src/access/password.js';
import { Users } from '../src/access/users.js';
import { FakeAppliance, fakeCamera, fakeStream } from '../src/api/testing.js';
import { TeecamError } from '../src/base/error.js';
import { silentLog } from '../src/base/log.js';
import { eventually } from '../src/output/testing.js';
import {
  address,
  appliance,
  complaints,
  files,
  holds,
  media,
  open,
  page,
  start,
  turnPage,
  useBrowser,
} from './support/page.js';
import { until } from './support/until.js';

useBrowser();

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

  it('marks a stream that is lowered, says why, and takes the mark away', async () => {
    const full = { width: 1280, height: 720, framerate: 30, bitrateBps: null, quality: 80 };
    const load = {
      steps: ['rate' as const],
      full,
      since: '2026-01-01T00:00:00.000Z',
      reason: 'front/high loses 40 % of its frames',
    };
    appliance.cameraViews = [
      fakeCamera('front', { streams: [fakeStream('high', { load }), fakeStream('low')] }),
    ];
    await open();
    const marks = page.locator('.lowered:visible');
    await until('one of them is marked', async () => (await marks.count()) === 1);
    const why = (await marks.getAttribute('title')) ?? '';
    assert.match(why, /front\/high loses 40 % of its frames\. Lowered from 1280 × 720 at 30/);
    appliance.cameraViews = [fakeCamera('front', { streams: [fakeStream('high'), fakeStream('low')] })];
    appliance.feed.tick();
    await until('the mark is gone', async () => (await marks.count()) === 0);
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
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
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
    await turnPage({ httpCredentials: { username: 'joe', password } });
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
