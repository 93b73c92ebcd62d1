/** The page in front of a real appliance. Its screenshot is the one in the README. */
import assert from 'node:assert/strict';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Browser, chromium } from 'playwright-core';
import { RunningAppliance } from './support/appliance.js';
import { footage } from './support/footage.js';
import { repository } from './support/repository.js';
import { until } from './support/until.js';

const executablePath = process.env['TEECAM_CHROMIUM'] ?? '/usr/bin/chromium';
let appliance: RunningAppliance;
let browser: Browser;

describe('the page of a running appliance', () => {
  before(
    async () => {
      const streams = {
        high: { codec: 'h264', width: 1280, height: 720, framerate: 30 },
        low: { codec: 'jpeg', width: 1280, height: 720, framerate: 15 },
        analysis: { codec: 'raw', width: 640, height: 360, framerate: 15 },
      };
      const front = { source: 'file:road.mp4', capture: { width: 1280, height: 720 }, streams };
      const files = { 'road.mp4': await footage() };
      appliance = await RunningAppliance.start({ cameras: { front } }, { files });
      await appliance.ready();
      browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
    },
    { timeout: 120_000 },
  );
  after(async () => {
    await browser?.close();
    await appliance?.[Symbol.asyncDispose]();
  });

  it('shows moving MJPEG', { timeout: 90_000 }, async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(appliance.http('/'));
    const picture = page.locator('.picture img');
    const width = () =>
      picture.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth);
    await until('the picture has come', async () => (await width()) === 1280);
    const first = await picture.screenshot();
    // Moving: some later look at it differs. Waits for that, with Playwright's own deadline behind it.
    let later = first;
    for (let look = 0; look < 50 && later.equals(first); look++) later = await picture.screenshot();
    assert.ok(!later.equals(first), 'the picture stands still');
    await until('the page says so', async () => (await page.locator('.state').textContent()) === 'Live');
    // A picture with numbers in it: some seconds of capture.
    const captured = async () => (await appliance.camera('front')).captured > 100;
    await until('a hundred frames', captured, { withinMs: 30_000 });

    const taken = join(repository, 'dist', 'page.png');
    await page.screenshot({ path: taken });
    if (process.env['TEECAM_UPDATE_SCREENSHOT']) {
      const images = join(repository, 'docs', 'images');
      await mkdir(images, { recursive: true });
      await copyFile(taken, join(images, 'page.png'));
    }
    assert.deepEqual(complaints, []);
  });
});
