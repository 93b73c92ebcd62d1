/** The page in a real browser, in front of a fake appliance with real frames. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { loadPage } from '../src/api/page.js';
import { FakeAppliance, fakeCamera, fakeStream } from '../src/api/testing.js';
import { packageFolder } from '../src/app/package.js';
import { JpegStreamMedia } from '../src/output/stream-media.js';
import { eventually, noise, Publisher, testPad } from '../src/output/testing.js';

const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'];
const executablePath = process.env['TEECAM_CHROMIUM'] ?? '/usr/bin/chromium';
const files = await loadPage([`${packageFolder}web`, `${packageFolder}dist/web`]);
const frame = await noise(640, 480);

const pad = testPad();
const publisher = new Publisher(pad);
const media = new JpegStreamMedia(pad);
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

async function open(): Promise<void> {
  await page.goto(address);
  await page.locator('.camera').first().waitFor();
}

describe('the page', () => {
  it('shows the camera live, and its numbers, without a complaint of the browser', async () => {
    appliance.cameraViews = [fakeCamera('front')];
    await open();
    assert.equal(await page.locator('.camera h2').textContent(), 'front');
    assert.equal(await page.locator('.state').textContent(), 'Live');
    const image = page.locator('.picture img');
    await eventually(() => media.mjpegStats().clients === 1, 'the picture is watched');
    await page.waitForFunction(`document.querySelector('.picture img').naturalWidth === 640`);
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

  it('explains what to do when there is no camera', async () => {
    appliance.cameraViews = [];
    await page.goto(address);
    await page.getByRole('heading', { name: 'No cameras yet' }).waitFor();
  });

  it('fits a phone', async () => {
    appliance.cameraViews = [fakeCamera('front')];
    await page.setViewportSize({ width: 390, height: 844 });
    await open();
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    assert.equal(overflow, 0);
  });
});
