/** The page in a real browser, in front of a fake appliance with real frames. */
import { after, before, beforeEach } from 'node:test';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { loadPage } from '../../src/api/page.js';
import { FakeAppliance, fakeCamera, fakeStream } from '../../src/api/testing.js';
import { packageFolder } from '../../src/app/package.js';
import { JpegStreamMedia } from '../../src/output/stream-media.js';
import { noise, Publisher, testAudience, testPad } from '../../src/output/testing.js';
import { until } from './until.js';

const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'];
const executablePath = process.env['TEECAM_CHROMIUM'] ?? '/usr/bin/chromium';
const pad = testPad();
let browser: Browser;

export const files = await loadPage([`${packageFolder}web`, `${packageFolder}dist/web`]);
export const media = new JpegStreamMedia(pad, testAudience().audience);
export let appliance: FakeAppliance;
export let address = '';
/** Each test's own, as are the complaints. */
export let page: Page;
export let complaints: string[] = [];

/** An appliance with one browser for the tests of a file, and a page for each of them. */
export function useBrowser(): void {
  let timers: NodeJS.Timeout[] = [];
  before(async () => {
    const publisher = new Publisher(pad);
    const frame = await noise(640, 480);
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
  beforeEach(() => turnPage({ viewport: { width: 1280, height: 800 } }));
}

export function start(port = 0): Promise<string> {
  appliance = new FakeAppliance();
  appliance.realMedia = media;
  return appliance.listen(files, port);
}

/** An empty page instead of the one there was. */
export async function turnPage(options: BrowserContextOptions): Promise<void> {
  await page?.context().close();
  page = await (await browser.newContext(options)).newPage();
  const heard: string[] = [];
  complaints = heard;
  page.on('console', (message) => {
    if (message.type() === 'error') heard.push(message.text());
  });
  page.on('pageerror', (error) => heard.push(error.message));
}

/** Asked again and again from outside: the page's own policy lets no text be run in it. */
export async function holds(expression: string): Promise<void> {
  await until(expression, async () => (await page.evaluate(expression)) === true);
}

export async function open(): Promise<void> {
  await page.goto(address);
  await page.locator('.camera').first().waitFor();
}

/** A camera whose profile can be changed; its first stream has no viewer, its second four. */
export async function openControlled(): Promise<void> {
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
