/** Runs inside the machine: what can be wrong with a capture device, one after another. Reports one line of JSON. */
import { RunningAppliance } from '../support/appliance.js';
import { Child, output } from '../support/child.js';
import { until } from '../support/until.js';
import { becomes, endure, patch, type Trial } from './trials.js';
import { Viewers } from './viewers.js';
import { removeVivid, returnVivid, setControl } from './vivid.js';

export interface FaultsReport {
  trials: Trial[];
  /** Of the ring's reader. */
  missed: number;
  stayed: boolean;
  /** What the camera that is slow says of itself. */
  slow: string;
}

// Emulated, two cores make one picture of this size in some ten milliseconds.
const size = { width: 320, height: 180, framerate: 10 };
const [front, back] = ['/dev/video0', '/dev/video1'] as const;
/** Of vivid's menus; the timings are 720x576 at 50. */
const [noSignal, selectedTimings, otherTimings] = [1, 4, 4];
const low = { codec: 'jpeg', ...size };

const caps = 'video/x-raw,width=320,height=180,framerate=10/1';
await using other = new Child('gst-launch-1.0', [
  '-q',
  'v4l2src',
  `device=${back}`,
  '!',
  caps,
  '!',
  'fakesink',
]);
await using appliance = await RunningAppliance.start(
  {
    cameras: {
      front: {
        source: `v4l2:${front}`,
        capture: size,
        // The ring's reader is emulated too, and late at times.
        buffers: { ring: 64 },
        streams: {
          high: { codec: 'h264', ...size },
          low,
          analysis: { codec: 'raw', format: 'NV12', ...size },
        },
      },
      back: { source: `v4l2:${back}`, capture: size, streams: { low } },
    },
  },
  // root without the right to open what it may not
  { withinMs: 120_000, prefix: ['setpriv', '--bounding-set=-dac_override,-dac_read_search'] },
);

await becomes(appliance, 'back', 'slate', 'busy');
await other[Symbol.asyncDispose]();
await becomes(appliance, 'back', 'live');

await output('chmod', ['000', back]);
await failOnce(back);
await becomes(appliance, 'back', 'slate', 'no-permission');
await output('chmod', ['600', back]);
await becomes(appliance, 'back', 'live');

await patch(appliance, '/cameras/back', { capture: { format: 'JPEG' } });
await becomes(appliance, 'back', 'slate', 'format-refused');
await patch(appliance, '/cameras/back', { capture: { format: null } });
await becomes(appliance, 'back', 'live');

await setControl(back, 'percentage_of_dropped_buffers', 75);
const { detail: slow } = await becomes(appliance, 'back', 'live', 'slow');
await setControl(back, 'percentage_of_dropped_buffers', 0);
await becomes(appliance, 'back', 'live');

// An HDMI grabber; its input can be chosen while nobody captures.
await patch(appliance, '/cameras/back', { source: 'test' });
const hdmi = ['-d', back, '-i', '3', '--set-dv-bt-timings', 'index=0'];
await until('nobody captures', () => output('v4l2-ctl', hdmi), { withinMs: 30_000 });
await patch(appliance, '/cameras/back', { source: `v4l2:${back}` });
await becomes(appliance, 'back', 'live');
await setControl(back, 'dv_timings_signal_mode', noSignal);
await becomes(appliance, 'back', 'slate', 'no-signal');
await setControl(back, 'dv_timings_signal_mode', 0);
await becomes(appliance, 'back', 'live');
await setControl(back, 'dv_timings_signal_mode', selectedTimings);
await setControl(back, 'dv_timings', otherTimings);
const changed = async () => (await becomes(appliance, 'back', 'live')).source.framerate === 50;
await until('its source gives another size and rate', changed, { withinMs: 60_000 });

await becomes(appliance, 'front', 'live');
await using viewers = await Viewers.open(appliance, 'front');
const { undecodable } = await appliance.camera('front');
await setControl(front, 'inject_v4l2_buf_flag_error', 1);
const flagged = async () => (await appliance.camera('front')).undecodable > undecodable;
await until('a frame that the driver flags as damaged is left out', flagged, { withinMs: 60_000 });
await viewers.seeMore('the camera after it');
const trials = await endure(appliance, 'front', viewers, [
  {
    what: 'frames that cease',
    reason: 'stalled',
    begin: () => setControl(front, 'percentage_of_dropped_buffers', 100),
    end: () => setControl(front, 'percentage_of_dropped_buffers', 0),
  },
  { what: 'a read that fails', reason: 'read-failed', begin: () => failOnce(front) },
  {
    what: 'a start that fails',
    reason: 'not-started',
    begin: async () => {
      await setControl(front, 'inject_vidioc_streamon_error', 1);
      await failOnce(front);
    },
  },
  { what: 'a device that is removed', reason: 'gone', begin: removeVivid, end: returnVivid },
  // until nobody has it open any more
  {
    what: 'a device that answers no more, but whose node stays',
    reason: 'read-failed',
    begin: () => setControl(front, 'disconnect', 1),
  },
]);
await becomes(appliance, 'back', 'live');
const { missed, stayed } = viewers;
const report: FaultsReport = { trials, missed, stayed, slow };
process.stdout.write(`\n${JSON.stringify(report)}\n`);

/** What is read next, and so whatever runs there, ends with an error; a reader that begins after it is well. */
async function failOnce(device: string): Promise<void> {
  await setControl(device, 'inject_fatal_streaming_error', 1);
}
