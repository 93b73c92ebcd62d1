import type { RouterContext } from '@koa/router';
import { z } from 'zod';
import { TeecamError } from '../../base/error.js';
import { findCamera, findStream, firstCamera } from '../find.js';
import { type Operation, pathParameter } from '../operation.js';
import { type CameraDirectory, type Container, type MediaDirectory, socketFormats } from '../ports.js';
import { notFound, problemView } from '../problem.js';
import type { CameraView, StreamView } from '../views.js';

const kinds: Readonly<Record<Container, { summary: string; contentType: string }>> = {
  ts: { summary: 'An H.264 stream as MPEG-TS', contentType: 'video/mp2t' },
  mp4: { summary: 'An H.264 stream as fragmented MP4', contentType: 'video/mp4' },
};
const missing = {
  description: 'No such camera or stream, not H.264, or not offered in this form',
  schema: problemView,
};
const nothing = { description: 'No frame within five seconds; see Retry-After', schema: problemView };

/** `/CAM/STREAM.ts`, `.mp4`, and the same for the first camera. */
export function muxedOperations(directory: CameraDirectory, media: MediaDirectory): Operation[] {
  const operations = (path: string, more: string, find: (ctx: RouterContext) => CameraView): Operation[] =>
    (['ts', 'mp4'] as const).map((container) => {
      const { summary, contentType } = kinds[container];
      return {
        path: `${path}.${container}`,
        tag: 'media',
        summary: `${summary}${more}`,
        responses: { 200: { description: 'Frames as they come', contentType }, 404: missing, 503: nothing },
        async handle(ctx) {
          const camera = find(ctx);
          const stream = findStream(camera, pathParameter(ctx, 'stream'));
          const found = media.muxed(camera.name, stream.name);
          if (!found || stream.addresses[container] === null) throw notOffered(stream, container);
          ctx.set('Cross-Origin-Resource-Policy', 'cross-origin');
          await found.http(container, ctx.req, ctx.res);
          ctx.respond = false;
        },
      };
    });
  const named = (ctx: RouterContext) => findCamera(directory, pathParameter(ctx, 'camera'));
  const first = () => firstCamera(directory);
  return [
    ...operations('/{camera}/{stream}', '', named),
    ...operations('/{stream}', ', of the first camera', first),
    socketOperation('/{camera}/{stream}/ws', '', named),
    socketOperation('/{stream}/ws', ', of the first camera', first),
  ];
}

/** For whoever takes it for a plain address; MediaSockets has the rest. */
function socketOperation(path: string, more: string, find: (ctx: RouterContext) => CameraView): Operation {
  return {
    path,
    tag: 'media',
    summary: `A WebSocket: MP4 for MSE, or pictures${more}`,
    query: z.object({ format: z.enum(socketFormats).optional() }),
    responses: {
      101: { description: 'Messages as they come', contentType: 'application/octet-stream' },
      404: missing,
      426: { description: 'The request is no upgrade', schema: problemView },
    },
    handle(ctx) {
      findStream(find(ctx), pathParameter(ctx, 'stream'));
      throw new TeecamError('upgrade-required', `${ctx.path} is a WebSocket`, { expose: true });
    },
  };
}

function notOffered({ name, codec }: StreamView, container: Container): Error {
  if (codec === 'h264') return notFound(`the profile does not offer the stream "${name}" as ${container}`);
  return notFound(`the stream "${name}" is ${codec}, and only H.264 is offered as ${container}`);
}
