import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import sharp from 'sharp';
import { TeecamError } from '../base/error.js';
import { ACCEPT_ALL } from '../stream/filter.js';
import { stopCodes } from '../stream/message.js';
import type { Pad } from '../stream/pad.js';
import { jpegSize } from './jpeg-size.js';
import { PictureOutput, type PictureRequest } from './picture.js';
import { eventually, noise, Publisher, testPad } from './testing.js';

const jpeg = await noise(320, 180);
const plain: PictureRequest = { width: null, height: null, format: 'jpeg', quality: null, maxAgeMs: 0 };
const code = (wanted: string) => (error: unknown) =>
  error instanceof TeecamError && error.code === wanted && error.expose;

let pad: Pad;
let publisher: Publisher;
let output: PictureOutput;
beforeEach(() => {
  pad = testPad();
  publisher = new Publisher(pad);
  output = new PictureOutput(pad);
});

/** A request, and the frame that it waits for. */
async function ask(request: Partial<PictureRequest> = {}) {
  const picture = output.picture({ ...plain, ...request });
  await eventually(() => pad.targetCount === 1, 'the request waits');
  publisher.publish(jpeg);
  return picture;
}

describe('picture', () => {
  it('is the very JPEG of the stream when nothing else is asked for', async () => {
    const { body, contentType } = await ask();
    assert.deepEqual(body, jpeg);
    assert.equal(contentType, 'image/jpeg');
    assert.equal(pad.targetCount, 0);
    assert.equal(publisher.freed, 1);
    assert.deepEqual((await ask({ width: 320, height: 4000 })).body, jpeg);
  });

  it('comes in the size and format asked for, in the aspect of the source', async () => {
    const webp = await ask({ width: 160, format: 'webp', quality: 60 });
    assert.equal(webp.contentType, 'image/webp');
    const { format, width, height } = await sharp(webp.body).metadata();
    assert.deepEqual([format, width, height], ['webp', 160, 90]);
    const small = await sharp((await ask({ width: 100, height: 9 })).body).metadata();
    assert.deepEqual([small.format, small.width, small.height], ['jpeg', 16, 9]);
  });

  it('is never larger than the source', async () => {
    const { width, height } = await sharp((await ask({ width: 4000, format: 'png' })).body).metadata();
    assert.deepEqual([width, height], [320, 180]);
  });

  it('takes the fresh frame of a stream that others watch, without waiting', async () => {
    pad.connect({ rejects: ACCEPT_ALL, deliver: (message) => message.release() });
    publisher.publish(jpeg, { durationNs: 60e9 });
    assert.deepEqual((await output.picture(plain)).body, jpeg);
  });

  it('is one piece of work for requests that are the same', async () => {
    const requests = [1, 2, 3].map(() => output.picture({ ...plain, width: 64 }));
    const other = output.picture({ ...plain, width: 32 });
    await eventually(() => pad.targetCount === 1, 'they wait together');
    publisher.publish(jpeg);
    const [first, ...same] = await Promise.all(requests);
    for (const picture of same) assert.equal(picture, first);
    assert.notEqual((await other).body, first?.body);
  });

  it('is served again while it is young enough', async () => {
    const first = await ask({ width: 64, maxAgeMs: 60_000 });
    assert.equal(await output.picture({ ...plain, width: 64, maxAgeMs: 60_000 }), first);
    assert.notEqual(await ask({ width: 64 }), first);
  });

  it('is refused as AVIF unless that is allowed', async () => {
    await assert.rejects(output.picture({ ...plain, format: 'avif' }), code('not-acceptable'));
    assert.equal(pad.targetCount, 0);
    output = new PictureOutput(pad, { allowAvif: true });
    assert.equal((await ask({ width: 16, format: 'avif' })).contentType, 'image/avif');
  });

  it('says so when no frame comes, and lets go of the pad', async () => {
    output = new PictureOutput(pad, { deadlineMs: 20 });
    await assert.rejects(output.picture(plain), code('unavailable'));
    assert.equal(pad.targetCount, 0);
  });

  it('says so when the stream ends meanwhile, or the frame is no JPEG', async () => {
    const broken = output.picture({ ...plain, width: 64 });
    publisher.publish(Buffer.from('not a picture'));
    await assert.rejects(broken, code('unavailable'));
    const waiting = output.picture(plain);
    pad.close(stopCodes.sourceDeleted, '');
    await assert.rejects(waiting, code('unavailable'));
  });

  it('refuses more work than it can queue', async () => {
    const requests = Array.from({ length: 30 }, (_, n) => output.picture({ ...plain, width: 20 + n }));
    const settled = Promise.allSettled(requests);
    publisher.publish(jpeg);
    const refused = (await settled).filter((result) => result.status === 'rejected');
    assert.equal(refused.length, 14);
    for (const { reason } of refused) assert.ok(code('too-many')(reason));
    assert.equal((await ask({ width: 99 })).contentType, 'image/jpeg');
  });
});

describe('jpegSize', () => {
  it('reads the frame header, and nothing from what is no JPEG', () => {
    assert.deepEqual(jpegSize(jpeg), { width: 320, height: 180 });
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from('hello'),
      jpeg.subarray(0, 40),
      Buffer.from([0xff, 0xd8, 0xff]),
    ]) {
      assert.equal(jpegSize(bytes), null);
    }
  });
});
