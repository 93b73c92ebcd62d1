/** RTSP read back by a binding of GStreamer that is not ours: frames with rising timestamps, whole pictures. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import { RunningAppliance } from './support/appliance.js';

interface AppSink {
  pull(
    callback: (buffer: Buffer | null, caps: { name: string; width: number; height: number } | null) => void,
  ): void;
}
interface Pipeline {
  play(): void;
  stop(): void;
  findChild(name: string): AppSink;
}
const { Pipeline } = createRequire(import.meta.url)('gstreamer-superficial') as {
  Pipeline: new (launch: string) => Pipeline;
};

const stream = { width: 320, height: 180, framerate: 15 };
let appliance: RunningAppliance;

describe('another binding of GStreamer', () => {
  before(
    async () => {
      appliance = await RunningAppliance.start({
        cameras: { front: { source: 'test', streams: { high: { codec: 'h264', ...stream } } } },
      });
      await appliance.ready();
    },
    { timeout: 90_000 },
  );
  after(() => appliance?.[Symbol.asyncDispose]());

  it('decodes thirty frames of the RTSP stream', { timeout: 60_000 }, async () => {
    const { addresses } = await appliance.stream('front', 'high');
    const pipeline = new Pipeline(
      `rtspsrc location=${addresses.rtsp} protocols=tcp latency=0 ! rtph264depay ! h264parse ! avdec_h264
       ! videoconvert ! video/x-raw,format=GRAY8 ! appsink name=sink sync=false max-buffers=4`,
    );
    const sink = pipeline.findChild('sink');
    const frames: Buffer[] = [];
    const shapes = new Set<string>();
    try {
      pipeline.play();
      await new Promise<void>((resolve, reject) => {
        const take = () =>
          sink.pull((buffer, caps) => {
            if (caps) shapes.add(`${caps.width}x${caps.height}`);
            if (buffer) frames.push(buffer);
            else if (!caps) return reject(new Error(`the stream ended after ${frames.length} frames`));
            if (frames.length >= 30) resolve();
            else take();
          });
        take();
      });
    } finally {
      pipeline.stop();
    }
    assert.deepEqual([...shapes], ['320x180']);
    assert.ok(frames.every((frame) => frame.length >= 320 * 180));
    const different = new Set(frames.map((frame) => frame.toString('base64'))).size;
    assert.ok(different > 20, `the picture moves: ${different} of ${frames.length} frames differ`);
  });
});
