/** Cameras that are reached through a network. */
import type { CameraProfile } from '../profile/profile.js';
import type { NetworkSource } from '../profile/source.js';
import { perSecond } from '../profile/units.js';
import { decoderPropertiesFor } from './decoder.js';
import { type Delivery, rawDelivery } from './delivery.js';
import type { GraphNode, Media, SourcePlan } from './graph.js';
import { GraphBuilder } from './graph-builder.js';
import { addParser } from './groups.js';
import { liveOutlet } from './outlet.js';

type Capture = CameraProfile['capture'];

/** TCP passes every router and loses nothing; some cameras have none, or send to a group. */
export const rtspTransports = ['tcp', 'udp'] as const;
export type RtspTransport = (typeof rtspTransports)[number];

/** Less than the gate waits for a first frame, so that `unreachable` is said in place of `stalled`. */
const answerSeconds = 4;

export function planRtsp(
  source: NetworkSource,
  { media }: Delivery = rawDelivery,
  transport: RtspTransport = 'tcp',
): SourcePlan {
  const builder = new GraphBuilder();
  const camera = builder.add(null, 'camera', 'rtspsrc', rtspProperties(source, transport));
  const decode = builder.add(camera, 'decode', 'decodebin', decoderPropertiesFor(media));
  return live(builder, addParser(builder, decode, media), media, source);
}

/** Plays until it is known what comes: encoded as it can pass through, or anything else. */
export function rtspProbe(source: NetworkSource, transport: RtspTransport): SourcePlan {
  const builder = new GraphBuilder();
  const camera = builder.add(null, 'camera', 'rtspsrc', rtspProperties(source, transport));
  // Parsed, since only then its size is known.
  const caps = 'video/x-h264,parsed=true;video/x-h265,parsed=true;image/jpeg;video/x-raw(ANY)';
  const head = builder.add(camera, 'decode', 'decodebin', { ...decoderPropertiesFor('raw'), caps });
  const outlet = builder.add(head, 'outlet', 'appsink', { ...liveOutlet('raw'), caps });
  return withOutlet(builder, outlet, 'raw', source);
}

export function planHttp(
  source: NetworkSource,
  capture: Capture,
  { media }: Delivery = rawDelivery,
): SourcePlan {
  const builder = new GraphBuilder();
  const pictures = addPictures(builder, source, capture);
  const head = media === 'jpeg' ? pictures : builder.add(pictures, 'decode', 'jpegdec');
  return live(builder, head, media, source);
}

/** Plays until the size of its pictures is known. */
export function httpProbe(source: NetworkSource, capture: Capture): SourcePlan {
  const builder = new GraphBuilder();
  return live(builder, addPictures(builder, source, capture), 'jpeg', source);
}

/** How long packets that overtook others wait for them, which TCP knows nothing of. */
const reorderMs: Readonly<Record<RtspTransport, number>> = { tcp: 0, udp: 100 };

function rtspProperties(source: NetworkSource, transport: RtspTransport): GraphNode['properties'] {
  return {
    location: source.address,
    ...credentials(source),
    protocols: transport === 'tcp' ? 'tcp' : 'udp+udp-mcast',
    latency: reorderMs[transport],
    'tcp-timeout': answerSeconds * 1_000_000,
  };
}

function addPictures(builder: GraphBuilder, source: NetworkSource, { framerate }: Capture): string {
  const camera = builder.add(null, 'camera', 'teecamhttpsrc', {
    location: source.address,
    ...credentials(source),
    'max-framerate': framerate.join('/'),
    timeout: Math.max(answerSeconds, Math.ceil(5 / perSecond(framerate))),
  });
  // Finds the pictures by their own marks, in MJPEG as in a single one; multipartdemux would wait with each for
  // the beginning of the next.
  return builder.add(camera, 'pictures', 'jpegparse');
}

function credentials({ user, password }: NetworkSource): GraphNode['properties'] {
  return user === null ? {} : { 'user-id': user, 'user-pw': password ?? '' };
}

function live(builder: GraphBuilder, head: string, media: Media, source: NetworkSource): SourcePlan {
  return withOutlet(builder, builder.add(head, 'outlet', 'appsink', liveOutlet(media)), media, source);
}

function withOutlet(
  { graph }: GraphBuilder,
  outlet: string,
  media: Media,
  { kind, certificate }: NetworkSource,
): SourcePlan {
  return { graph, media, outlet, playlist: null, foreignClock: kind === 'rtsp', certificate };
}
