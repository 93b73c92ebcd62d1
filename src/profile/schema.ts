/**
 * The profile as it is written: the one source of its types, its validation,
 * its published JSON Schema and its reference page. What the rest of the
 * program gets, complete and with units resolved, is in profile.ts.
 *
 * The messages given here say what was expected; issues.ts puts what was found
 * beside them.
 */
import { z } from 'zod';
import { authSchema } from './auth.js';
import { hostNamePattern } from './hosts.js';
import { namePattern } from './names.js';
import {
  bitrateText,
  bytesText,
  durationText,
  framerateText,
  parseBitrate,
  parseBytes,
  parseDuration,
  parseFramerate,
  perSecond,
  secondsText,
} from './units.js';

/**
 * What it takes when a running key gets another value: a setting of what runs,
 * one branch made anew, the source opened anew, the camera's core started
 * again, the appliance started again. A group's word holds for all its keys.
 */
export const changeEffects = ['live', 'branch', 'source', 'camera', 'appliance'] as const;
export type ChangeEffect = (typeof changeEffects)[number];

declare module 'zod' {
  interface GlobalMeta {
    change?: ChangeEffect;
  }
}

const name = z
  .string()
  .regex(namePattern, 'a name: a-z first, then a-z, 0-9 or -, at most 32 characters')
  .meta({ title: 'name' });
const port = z.int().min(0).max(65535);
const pixels = z.int().min(16).max(16384).meta({ title: 'pixels' });
const evenPixels = pixels.multipleOf(2, 'an even number').meta({ title: 'even pixels' });

const framerateExpected = 'frames a second up to 1000, as 30, 29.97 or 30000/1001';
const framerate = z
  .union([z.number().min(0.1).max(1000), z.string().regex(framerateText, framerateExpected)], {
    error: framerateExpected,
  })
  .transform(parseFramerate)
  .refine((rate) => perSecond(rate) >= 0.1 && perSecond(rate) <= 1000, framerateExpected)
  .meta({ title: 'frames a second' });

const bitrateExpected = 'bits a second from 10k to 1000M, as 4M, 800k or a plain number';
const bitrate = z
  .union([z.int().min(10_000).max(1e9), z.string().regex(bitrateText, bitrateExpected)], {
    error: bitrateExpected,
  })
  .transform(parseBitrate)
  .refine((bps) => bps >= 10_000 && bps <= 1e9, bitrateExpected)
  .meta({ title: 'bits a second' });

const durationExpected = 'a time, as 500ms, 5s, 2m or a number of seconds';
const duration = z
  .union([z.number().nonnegative().max(86_400), z.string().regex(durationText, durationExpected)], {
    error: durationExpected,
  })
  .transform(parseDuration)
  .meta({ title: 'time' });

const bytesExpected = 'bytes from 16k to 64M, as 256k, 1M or a plain number';
const bytes = z
  .union([z.int().min(16_000).max(64e6), z.string().regex(bytesText, bytesExpected)], {
    error: bytesExpected,
  })
  .transform(parseBytes)
  .refine((count) => count >= 16_000 && count <= 64e6, bytesExpected)
  .meta({ title: 'bytes' });

const controlName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9_]{0,62}$/,
    'the name of a control: a-z and 0-9, with _ between words, as brightness or white_balance_automatic',
  )
  .meta({ title: 'control' });
const controlValue = z
  .union([z.boolean(), z.int(), z.string().max(1000)], {
    error: 'true or false, a whole number, or an entry of its menu',
  })
  .meta({ title: 'value' });

/** Ways out of a stream. */
export const outputKinds = ['rtsp', 'mjpeg', 'picture', 'ts', 'mp4', 'ws', 'shm', 'shmsink'] as const;
export type OutputKind = (typeof outputKinds)[number];

/** GStreamer's names, the preferred one first; how they are set is in plan/encoders.ts. */
export const h264Encoders = [
  'v4l2h264enc',
  'nvv4l2h264enc',
  'vah264enc',
  'vah264lpenc',
  'mpph264enc',
  'x264enc',
  'openh264enc',
] as const;
export type H264EncoderName = (typeof h264Encoders)[number];

export const rawFormats = ['NV12', 'I420', 'YUY2', 'RGB', 'BGR', 'GRAY8'] as const;
export type RawFormat = (typeof rawFormats)[number];

/** What may be lowered of a stream while the machine cannot keep up. */
export const rungs = ['rate', 'bitrate', 'size'] as const;
export type Rung = (typeof rungs)[number];

/** How a picture of another shape is shown. */
export const fits = ['contain', 'cover', 'stretch'] as const;
export type Fit = (typeof fits)[number];

const common = {
  width: pixels
    .describe('Width in pixels, exact; `fit` says what becomes of a picture of another shape')
    .meta({ change: 'branch' }),
  height: pixels.describe('Height in pixels, exact').meta({ change: 'branch' }),
  fit: z
    .enum(fits)
    .default('contain')
    .describe(
      '`contain` shows all of the picture and fills up with bars, `cover` cuts it, `stretch` distorts it',
    )
    .meta({ change: 'camera' }),
  framerate: framerate
    .describe('A ceiling: frames are dropped evenly to meet it, never invented')
    .meta({ change: 'branch' }),
  always: z.boolean().default(false).describe('Encode even while nobody watches').meta({ change: 'live' }),
  linger: duration
    .prefault('5s')
    .describe('How long to go on after the last viewer has left')
    .meta({ change: 'live' }),
  priority: z
    .int()
    .min(0)
    .max(100)
    .default(50)
    .describe('While the machine cannot keep up, streams with a lower one are lowered first, see Load')
    .meta({ change: 'live' }),
  outputs: z
    .array(z.enum(outputKinds))
    .optional()
    .describe(
      'Restricts the ways out. Without it a stream has every one that suits it but `shmsink`; without `shm` its ring file is private',
    )
    .meta({ change: 'branch' }),
  shmsink: z
    .string()
    .optional()
    .describe('With `shmsink` among `outputs`: path of its socket; without it, one in the runtime folder')
    .meta({ change: 'live' }),
};

const gopExpected = 'the distance of key frames: a number of frames, or seconds as 2s';

const h264 = z.strictObject({
  codec: z.literal('h264').describe('H.264, one slice a frame').meta({ change: 'branch' }),
  ...common,
  width: evenPixels.describe(common.width.description ?? '').meta({ change: 'branch' }),
  height: evenPixels.describe(common.height.description ?? '').meta({ change: 'branch' }),
  bitrate: bitrate.optional().describe('Without it, chosen from size and rate').meta({ change: 'live' }),
  gop: z
    .union([z.int().min(1).max(10_000), z.string().regex(secondsText, gopExpected)], {
      error: gopExpected,
    })
    .optional()
    .describe('Distance of key frames: a number of frames, or seconds as `2s`; without it, `2s`')
    .meta({ change: 'live' }),
  profile: z
    .enum(['constrained-baseline', 'main', 'high'])
    .optional()
    .describe('The H.264 profile; without it, `constrained-baseline`, which every client decodes')
    .meta({ change: 'branch' }),
  encoder: z
    .enum(h264Encoders)
    .optional()
    .describe('The GStreamer element to use; without it, the best one that works')
    .meta({ change: 'branch' }),
});

const jpeg = z.strictObject({
  codec: z.literal('jpeg').describe('Motion JPEG').meta({ change: 'branch' }),
  ...common,
  quality: z
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe("1 to 100; without it, the camera's own pictures where they fit, else 80")
    .meta({ change: 'live' }),
  port: port
    .optional()
    .describe('MJPEG at `/` on a port of its own; 0 is any free one')
    .meta({ change: 'live' }),
});

const raw = z.strictObject({
  codec: z
    .literal('raw')
    .describe('Uncompressed frames for programs that read the ring')
    .meta({ change: 'branch' }),
  ...common,
  format: z
    .enum(rawFormats)
    .default('NV12')
    .describe("Arrangement of the pixels, by GStreamer's names")
    .meta({ change: 'branch' }),
});

const { fit: _, ...untouched } = common;

const copy = z.strictObject({
  codec: z
    .literal('copy')
    .describe('Exactly what the source delivers, JPEG, H.264 or H.265')
    .meta({ change: 'branch' }),
  ...untouched,
  width: pixels
    .optional()
    .describe('What to ask the source for; without it, what the other streams need')
    .meta({ change: 'branch' }),
  height: pixels
    .optional()
    .describe('What to ask the source for; without it, what the other streams need')
    .meta({ change: 'branch' }),
  framerate: framerate
    .optional()
    .describe('What to ask the source for; without it, what the other streams need')
    .meta({ change: 'branch' }),
});

/** What holds for every codec. */
export const anyStreamSchema = z.looseObject(common);

export const streamSchema = z.discriminatedUnion('codec', [h264, jpeg, copy, raw]);

const colour = z
  .string()
  .regex(/^#[0-9a-fA-F]{6}$/, 'a colour, as #2a2a2a')
  .meta({ title: 'colour' });

/** What a slate is drawn on. */
export const slateModes = ['text', 'image', 'pattern', 'colour'] as const;
export type SlateMode = (typeof slateModes)[number];

/** How many frames may wait where; `low` is what was measured to keep latency lowest. */
export const latencyModes = ['low', 'balanced', 'smooth'] as const;
export type LatencyMode = (typeof latencyModes)[number];

const frames = (min: number, max: number) => z.int().min(min).max(max).optional();

export const cameraSchema = z.strictObject({
  source: z
    .union([z.string(), z.array(z.string()).min(1)], { error: 'a source, or a list of files' })
    .describe('Where the frames come from, see Sources; a list of files is played in turn')
    .meta({ change: 'source' }),
  capture: z
    .strictObject({
      width: evenPixels
        .optional()
        .describe("Pixels to ask the source for; without it, the largest stream's")
        .meta({ change: 'camera' }),
      height: evenPixels
        .optional()
        .describe("Pixels to ask the source for; without it, the largest stream's")
        .meta({ change: 'camera' }),
      framerate: framerate
        .optional()
        .describe("Frames a second to ask the source for; without it, the fastest stream's")
        .meta({ change: 'source' }),
      format: z
        .string()
        .regex(
          /^(JPEG|[A-Z][A-Z0-9]{2,9}|[A-Z0-9]+_[A-Z0-9_]+)$/,
          'a format: JPEG, or a raw one such as YUY2',
        )
        .optional()
        .describe("`JPEG`, or GStreamer's name of a raw format; without it, the cheapest that fits")
        .meta({ change: 'source' }),
      onDemand: z
        .boolean()
        .default(false)
        .describe('Open the source only while somebody watches; the first viewer waits for it to open')
        .meta({ change: 'camera' }),
      linger: duration
        .prefault('10s')
        .describe('With `onDemand`: how long the source stays open after the last stream has closed')
        .meta({ change: 'camera' }),
      controls: z
        .record(controlName, controlValue)
        .default({})
        .describe('Exposure, focus, white balance …, by the names that `teecam devices` lists, see Controls')
        .meta({ title: 'values by name', change: 'live' }),
    })
    .prefault({})
    .describe('What to ask of the source'),
  latency: z
    .enum(latencyModes)
    .default('low')
    .describe('What gives way when the machine is late: frames (`low`), or time, see Latency')
    .meta({ change: 'branch' }),
  buffers: z
    .strictObject({
      inlet: frames(1, 60)
        .describe('Frames that may wait between the source and the streams')
        .meta({ change: 'live' }),
      branch: frames(1, 240)
        .describe("Frames that may wait in front of each stream's encoder")
        .meta({ change: 'live' }),
      ring: frames(4, 128)
        .describe("Frames that a raw stream's ring holds, for readers that are late")
        .meta({ change: 'branch' }),
      rtsp: frames(1, 1000).describe('Frames that may wait to be sent by RTSP').meta({ change: 'live' }),
    })
    .prefault({})
    .describe('Each by itself; what is not said follows `latency`'),
  ladder: z
    .array(z.enum(rungs))
    .default(['rate', 'bitrate'])
    .describe('What may be lowered while the machine cannot keep up, in this order; `[]`: nothing, see Load')
    .meta({ change: 'live' }),
  slate: z
    .strictObject({
      mode: z
        .enum(slateModes)
        .default('text')
        .describe('What it is drawn on, see Slate')
        .meta({ change: 'live' }),
      title: z
        .string()
        .max(80)
        .optional()
        .describe("What people call the camera; without it, the camera's name")
        .meta({ change: 'live' }),
      subtitle: z
        .string()
        .max(120)
        .optional()
        .describe('A line of your own, in place of the advice on what happened')
        .meta({ change: 'live' }),
      image: z
        .string()
        .min(1)
        .optional()
        .describe('With `mode: image`: path of a picture, JPEG, PNG, WebP, AVIF, GIF or SVG')
        .meta({ change: 'live' }),
      colours: z
        .strictObject({
          background: colour.default('#2a2a2a').describe('Of the ground, or the band below the text'),
          text: colour.default('#f4f4f4').describe('Of the text and the symbol'),
        })
        .prefault({})
        .describe('Red, green and blue, as #2a2a2a')
        .meta({ change: 'live' }),
      framerate: framerate
        .refine((rate) => perSecond(rate) >= 1 && perSecond(rate) <= 30, '1 to 30 frames a second')
        .prefault(5)
        .describe('Frames a second while the slate is shown, 1 to 30')
        .meta({ change: 'camera' }),
    })
    .prefault({})
    .describe('What viewers see while the source gives nothing'),
  streams: z.record(name, streamSchema).describe('By name'),
});

const host = z.string().min(1).default('127.0.0.1').describe('Address to listen on');

export const httpSchema = z.strictObject({
  host,
  port: port.default(8080).describe('0 is any free one'),
  hosts: z
    .array(
      z
        .string()
        .regex(hostNamePattern, 'a host name without a port, as cam.example.org')
        .transform((text) => text.toLowerCase())
        .meta({ title: 'host names' }),
    )
    .default([])
    .describe('Further names of this machine that browsers may use while no password is asked for'),
});

export const rtspSchema = z.strictObject({
  host,
  port: port.default(8554).describe('0 is any free one'),
  udp: z
    .strictObject({
      ports: z
        .string('the first and the last port, as 8000-8100')
        .default('8000-8100')
        .describe('First and last UDP port for RTP and RTCP'),
    })
    .prefault({})
    .describe('RTP over UDP'),
  multicast: z
    .strictObject({
      range: z
        .string('multicast addresses, as 239.255.42.1-239.255.42.100')
        .describe('Multicast addresses to give to streams, as 239.255.42.1-239.255.42.100'),
      ttl: z.int().min(1).max(255).default(1).describe('How many routers packets may pass'),
    })
    .optional()
    .describe('RTP by multicast; without it, none'),
});

const viewers = z.int().min(1).max(100_000);
const atLeastASecond = duration.refine((ms) => ms >= 1000, 'at least 1s');

const limitsSchema = z.strictObject({
  sessions: z
    .strictObject({
      stream: viewers.default(50).describe('Viewers of one stream at the same time'),
      camera: viewers.default(200).describe('Viewers of one camera at the same time'),
      all: viewers.default(1000).describe('Viewers of all cameras at the same time'),
    })
    .prefault({})
    .describe('How many may watch'),
  idle: atLeastASecond.prefault('300s').describe('A viewer that takes nothing for so long is ended'),
  cleanup: atLeastASecond.prefault('60s').describe('How often it is looked for idle viewers'),
  blocked: atLeastASecond.prefault('30s').describe('A viewer that lets something wait for so long is ended'),
  backlog: bytes
    .prefault('256k')
    .describe("Bytes that may wait in a viewer's socket; what does not fit is left out"),
  throttle: z
    .strictObject({
      mode: z
        .enum(['disabled', 'realtime', 'burst', 'adaptive'])
        .default('disabled')
        .describe('How fast MPEG-TS, MP4 and WebSocket may catch up with the stream, see Sessions'),
      bitrate: bitrate.optional().describe("Bits a second for one viewer; without it, the stream's own pace"),
      burst: duration
        .prefault('2s')
        .describe('With `mode: burst`: so many seconds of the stream, or of the bitrate, go at once'),
    })
    .prefault({})
    .describe('What a viewer is sent at most'),
});

export const profileSchema = z
  .strictObject({
    $schema: z.string().optional().describe('For editors, in a JSON profile'),
    instance: name
      .optional()
      .describe('Tells the rings of several appliances on one machine apart')
      .meta({ change: 'appliance' }),
    http: httpSchema.prefault({}).describe('The page, MJPEG, pictures, API').meta({ change: 'appliance' }),
    rtsp: rtspSchema.prefault({}).describe('The RTSP server').meta({ change: 'appliance' }),
    auth: authSchema
      .optional()
      .describe('`none`, or the users who may come in. Needed where a host is not of this machine alone')
      .meta({ change: 'appliance' }),
    limits: limitsSchema
      .prefault({})
      .describe('How many may watch, and what slow ones may cost')
      .meta({ change: 'live' }),
    allowGst: z
      .boolean()
      .default(false)
      .describe(
        'Allow sources of the kind `gst:`, which may run any GStreamer element; only the profile itself may',
      )
      .meta({ change: 'live' }),
    cameras: z.record(name, cameraSchema).describe('By name; the first has the short addresses'),
  })
  .meta({ title: 'Teecam profile' });

export type WrittenProfile = z.output<typeof profileSchema>;
export type WrittenCamera = z.output<typeof cameraSchema>;
export type WrittenStream = z.output<typeof streamSchema>;
