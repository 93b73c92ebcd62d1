/** Cameras that are reached through a network. */
import type { CameraProfile } from '../profile/profile.js';
import type { NetworkSource } from '../profile/source.js';
import { perSecond } from '../profile/units.js';
import { decoderPropertiesFor } from './decoder.js';
import type { GraphNode, SourcePlan } from './graph.js';
import { GraphBuilder } from './graph-builder.js';
import { liveOutlet } from './outlet.js';

/** Less than the gate waits for a first frame, so that `unreachable` is said in place of `stalled`. */
const answerSeconds = 4;

export function planRtsp(source: NetworkSource): SourcePlan {
  const builder = new GraphBuilder();
  const camera = builder.add(null, 'camera', 'rtspsrc', {
    location: source.address,
    ...credentials(source),
    // UDP loses packets, and half a picture with each; TCP also passes every router.
    protocols: 'tcp',
    // For packets that overtake one another, which TCP knows nothing of.
    latency: 0,
    'tcp-timeout': answerSeconds * 1_000_000,
  });
  const head = builder.add(camera, 'decode', 'decodebin', decoderPropertiesFor('raw'));
  const outlet = builder.add(head, 'outlet', 'appsink', liveOutlet('raw'));
  return { graph: builder.graph, media: 'raw', outlet, playlist: null, foreignClock: true };
}

export function planHttp(source: NetworkSource, { framerate }: CameraProfile['capture']): SourcePlan {
  const builder = new GraphBuilder();
  const camera = builder.add(null, 'camera', 'teecamhttpsrc', {
    location: source.address,
    ...credentials(source),
    'max-framerate': framerate.join('/'),
    timeout: Math.max(answerSeconds, Math.ceil(5 / perSecond(framerate))),
  });
  // Finds the pictures by their own marks, in MJPEG as in a single one; multipartdemux would wait with each for
  // the beginning of the next.
  const pictures = builder.add(camera, 'pictures', 'jpegparse');
  const head = builder.add(pictures, 'decode', 'jpegdec');
  const outlet = builder.add(head, 'outlet', 'appsink', liveOutlet('raw'));
  return { graph: builder.graph, media: 'raw', outlet, playlist: null, foreignClock: false };
}

function credentials({ user, password }: NetworkSource): GraphNode['properties'] {
  return user === null ? {} : { 'user-id': user, 'user-pw': password ?? '' };
}
