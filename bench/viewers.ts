import { request } from 'node:http';
import type { RunningAppliance } from '../test/support/appliance.js';
import { PythonReader, type RingReport } from '../test/support/ring-readers.js';
import { PacketViewer } from '../test/support/rtsp-clients.js';

/** Somebody on every stream of the default profile, for `seconds`. Their own cost is not counted. */
export async function watchEverything(
  appliance: RunningAppliance,
  seconds: number,
): Promise<AsyncDisposable & { ring(): Promise<RingReport>; mjpegAgesMs: number[] }> {
  const { streams } = await appliance.camera('front');
  const address = (name: string, kind: 'rtsp' | 'mjpeg') => {
    const found = streams.find((stream) => stream.name === name)?.addresses[kind];
    if (!found) throw new Error(`the profile has no ${kind} address of ${name}`);
    return found;
  };
  const analysis = new PythonReader(appliance, 'front', 'analysis', seconds);
  const high = new PacketViewer(address('high', 'rtsp'), seconds);
  const mjpegAgesMs: number[] = [];
  const requests = ['medium', 'low'].map((name) =>
    request(address(name, 'mjpeg'), (response) => {
      response.on('data', (chunk: Buffer) => {
        const stamp = /X-Timestamp: ([\d.]+)/.exec(chunk.subarray(0, 400).toString('latin1'))?.[1];
        if (stamp) mjpegAgesMs.push(Date.now() - Number(stamp) * 1000);
      });
    }),
  );
  for (const each of requests) each.on('error', () => undefined).end(); // destroyed at the end
  return {
    ring: () => analysis.report(),
    mjpegAgesMs,
    [Symbol.asyncDispose]: async () => {
      for (const each of requests) each.destroy();
      await analysis[Symbol.asyncDispose]();
      await high[Symbol.asyncDispose]();
    },
  };
}
