import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceViews } from '../app/devices.js';
import { fakeControl } from '../camera/fake-controls.js';
import { fakeDevice } from '../native/fake-device.js';
import type { VideoDevice } from '../native/port.js';
import { decoderList, deviceList, encoderList } from './devices.js';

test('a device is shown with what to write into a profile, and with what it offers', () => {
  const raw = { media: 'video/x-raw', format: 'YUY2', width: 640, height: 480 } as const;
  const formats: VideoDevice['formats'] = [
    {
      ...raw,
      framerates: [
        [30, 1],
        [30000, 1001],
      ],
    },
    { ...raw, width: 320, height: 240, framerates: [[0, 1]] },
    { ...raw, media: 'image/jpeg', format: 'JPEG', framerates: [[30, 1]] },
  ];
  const links = ['/dev/v4l/by-id/usb-C920'];
  const fault = { reason: 'no-permission', detail: '/dev/video2: Permission denied' };
  const closed = fakeDevice('/dev/video2', {
    driver: '',
    bus: '',
    vendor: null,
    name: 'Other',
    fault,
    formats: [],
  });
  const menu = [
    { value: 0, label: 'Off' },
    { value: 2, label: '60 Hz' },
  ];
  const controls = [
    fakeControl('gain', { minimum: -8, maximum: 8, step: 4, default: 0, value: 4, inactive: true }),
    fakeControl('flip', { type: 'boolean', default: 0, value: 1 }),
    fakeControl('power_line', { type: 'menu', menu, default: 2, value: 2 }),
    fakeControl('press', { type: 'button', default: null, value: null }),
  ];
  const devices = [fakeDevice('/dev/video0', { serial: 'A1', links, formats, controls }), closed];
  assert.equal(
    deviceList(deviceViews(devices, [])),
    `v4l2:serial=A1  C920
  driver uvcvideo · usb-0000:00:14.0-0 · USB 046d:082d
  also v4l2:/dev/video0
  also v4l2:/dev/v4l/by-id/usb-C920
  YUY2  640x480 at 30/29.97, 320x240 at its own rate
  JPEG  640x480 at 30
  gain        -8 to 8 in steps of 4, default 0, now 4, inactive now
  flip        true or false, default false, now true
  power_line  0 "Off", 2 "60 Hz", default 2, now 2
  press       a button

v4l2:/dev/video2  Other
  cannot be opened (no-permission): /dev/video2: Permission denied
`,
  );
  assert.equal(deviceList([]), 'No camera is connected.\n');
});

test('encoders are listed with what came of their trial', () => {
  const one = { name: 'vah264enc', hardware: true, works: true, detail: 'it takes 5 %', failures: [] };
  const refused = { ...one, name: 'mpph264enc', works: false, detail: 'it gives no frames' };
  const software = { ...one, name: 'x264enc', hardware: false, works: null, detail: null };
  assert.equal(
    encoderList([one, refused, software]),
    `H.264 encoders
  vah264enc  in hardware, works: it takes 5 %
  mpph264enc  in hardware, refused: it gives no frames
  x264enc  in software, there
`,
  );
  assert.match(encoderList([]), /Nothing here can encode H.264/);
});

test('decoders are listed by what they decode', () => {
  const detail = 'it has decoded a test picture';
  assert.equal(
    decoderList([
      { media: 'jpeg', name: 'jpegdec', works: true, detail },
      { media: 'h264', name: 'avdec_h264', works: false, detail: 'it does not decode a test picture' },
      { media: 'h265', name: null, works: false, detail: 'decoding h265 needs avdec_h265' },
    ]),
    `Decoders, all in software
  JPEG   jpegdec, works: it has decoded a test picture
  H.264  avdec_h264, does not work: it does not decode a test picture
  H.265  decoding h265 needs avdec_h265
`,
  );
});
