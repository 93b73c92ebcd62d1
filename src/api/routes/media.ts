import type { RouterContext } from '@koa/router';
import { z } from 'zod';
import { defaultStream, findCamera, findStream, firstCamera } from '../find.js';
import { type Operation, pathParameter, readQuery } from '../operation.js';
import { type CameraDirectory, type MediaDirectory, pictureFormats, type StreamMedia } from '../ports.js';
import { notFound, problemView } from '../problem.js';
import type { CameraView, StreamView } from '../views.js';

const pixels = z.coerce.number().int().min(1).max(16384);

export const mjpegQuery = z.object({
  fps: z.coerce.number().min(0.001).max(1000).optional(),
  advance: z.enum(['0', '1']).optional(),
});

export const pictureQuery = z.object({
  width: pixels.optional(),
  height: pixels.optional(),
  format: z.enum(pictureFormats).default('jpeg'),
  quality: z.coerce.number().int().min(1).max(100).optional(),
  /** Milliseconds. */
  maxAge: z.coerce.number().int().min(0).max(3_600_000).default(0),
});

const bad = { description: 'The query is wrong', schema: problemView };
const missing = { description: 'No such camera or stream, or not offered in this form', schema: problemView };
const mjpegResponses = {
  200: { description: 'Frames as they come', contentType: 'multipart/x-mixed-replace' },
  400: bad,
  404: missing,
  503: { description: 'There are as many viewers as may be; see Retry-After', schema: problemView },
};
const pictureResponses = {
  200: { description: 'The newest picture', contentType: 'image/*' },
  400: bad,
  404: missing,
  406: { description: 'The format is switched off', schema: problemView },
  503: { description: 'No frame within five seconds; see Retry-After', schema: problemView },
};

export class MediaRoutes {
  readonly #directory: CameraDirectory;
  readonly #media: MediaDirectory;

  constructor(directory: CameraDirectory, media: MediaDirectory) {
    this.#directory = directory;
    this.#media = media;
  }

  operations(): Operation[] {
    const named = (ctx: RouterContext) => {
      const camera = findCamera(this.#directory, pathParameter(ctx, 'camera'));
      return [camera, findStream(camera, pathParameter(ctx, 'stream'))] as const;
    };
    const short = (ctx: RouterContext) => {
      const camera = firstCamera(this.#directory);
      return [camera, findStream(camera, pathParameter(ctx, 'stream'))] as const;
    };
    const mjpeg = (path: string, summary: string, find: typeof named): Operation => ({
      path,
      tag: 'media',
      summary,
      query: mjpegQuery,
      responses: mjpegResponses,
      handle: (ctx) => this.mjpeg(ctx, ...find(ctx)),
    });
    const picture = (path: string, summary: string, find: typeof named): Operation => ({
      path,
      tag: 'media',
      summary,
      query: pictureQuery,
      responses: pictureResponses,
      handle: (ctx) => this.picture(ctx, ...find(ctx)),
    });
    return [
      mjpeg('/{camera}/{stream}.mjpg', 'A stream as MJPEG', named),
      picture('/{camera}/{stream}.jpg', 'The newest picture of a stream', named),
      mjpeg('/{stream}.mjpg', 'The same, of the first camera', short),
      picture('/{stream}.jpg', 'The same, of the first camera', short),
    ];
  }

  /** For programs written for other servers: the first camera's first JPEG stream, or its first at all. */
  first(ctx: RouterContext, kind: 'stream' | 'snapshot'): void | Promise<void> {
    const camera = firstCamera(this.#directory);
    return kind === 'stream'
      ? this.mjpeg(ctx, camera, defaultStream(camera, 'mjpeg'))
      : this.picture(ctx, camera, defaultStream(camera, 'picture'));
  }

  mjpeg(ctx: RouterContext, camera: CameraView, stream: StreamView): void {
    const { fps, advance } = readQuery(ctx, mjpegQuery);
    const media = this.#mediaOf(camera, stream, 'mjpeg');
    ctx.set('Cross-Origin-Resource-Policy', 'cross-origin');
    media.mjpeg(ctx.req, ctx.res, { fps: fps ?? null, advance: advance === '1' });
    ctx.respond = false;
  }

  async picture(ctx: RouterContext, camera: CameraView, stream: StreamView): Promise<void> {
    const query = readQuery(ctx, pictureQuery);
    const media = this.#mediaOf(camera, stream, 'picture');
    const picture = await media.picture({
      width: query.width ?? null,
      height: query.height ?? null,
      format: query.format,
      quality: query.quality ?? null,
      maxAgeMs: query.maxAge,
    });
    ctx.set('Cross-Origin-Resource-Policy', 'cross-origin');
    ctx.set('Cache-Control', 'no-store');
    ctx.set('X-Timestamp', (picture.captureRealtimeNs / 1e9).toFixed(6));
    ctx.body = picture.body;
    ctx.type = picture.contentType;
  }

  #mediaOf(camera: CameraView, stream: StreamView, way: 'mjpeg' | 'picture'): StreamMedia {
    const media = this.#media.stream(camera.name, stream.name);
    if (!media || stream.addresses[way] === null) {
      throw notFound(`the profile does not offer the stream "${stream.name}" as ${way}`);
    }
    return media;
  }
}
