import { z } from 'zod';
import { findCamera, findStream } from '../find.js';
import { type Operation, pathParameter } from '../operation.js';
import type { CameraDirectory } from '../ports.js';
import { problemView } from '../problem.js';
import { cameraView, streamView } from '../views.js';

const missing = { description: 'No such camera or stream', schema: problemView };

export function cameraOperations(directory: CameraDirectory): Operation[] {
  return [
    {
      path: '/api/v1/cameras',
      tag: 'cameras',
      summary: 'Every camera, with its streams, in the order of the profile',
      responses: { 200: { description: 'The cameras', schema: z.array(cameraView) } },
      handle(ctx) {
        ctx.body = directory.cameras();
      },
    },
    {
      path: '/api/v1/cameras/{camera}',
      tag: 'cameras',
      summary: 'One camera',
      responses: { 200: { description: 'The camera', schema: cameraView }, 404: missing },
      handle(ctx) {
        ctx.body = findCamera(directory, pathParameter(ctx, 'camera'));
      },
    },
    {
      path: '/api/v1/cameras/{camera}/streams',
      tag: 'cameras',
      summary: "A camera's streams",
      responses: { 200: { description: 'The streams', schema: z.array(streamView) }, 404: missing },
      handle(ctx) {
        ctx.body = findCamera(directory, pathParameter(ctx, 'camera')).streams;
      },
    },
    {
      path: '/api/v1/cameras/{camera}/streams/{stream}',
      tag: 'cameras',
      summary: 'One stream',
      responses: { 200: { description: 'The stream', schema: streamView }, 404: missing },
      handle(ctx) {
        const camera = findCamera(directory, pathParameter(ctx, 'camera'));
        ctx.body = findStream(camera, pathParameter(ctx, 'stream'));
      },
    },
  ];
}
