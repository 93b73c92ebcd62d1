import { z } from 'zod';
import { type Operation, readQuery } from '../operation.js';
import type { CameraDirectory } from '../ports.js';
import { cameraView } from '../views.js';

const healthView = z.strictObject({ status: z.literal('ok'), uptimeSeconds: z.number() });

export const readinessView = z.strictObject({
  ready: z.boolean(),
  /** Those that are neither live nor asleep on demand. */
  notReady: z.array(cameraView.pick({ name: true, state: true, reason: true, detail: true })),
});

const readinessQuery = z.object({ cameras: z.enum(['all', 'none']).default('all') });

export function healthOperations(directory: CameraDirectory): Operation[] {
  return [
    {
      path: '/healthz',
      tag: 'service',
      summary: 'Does the process live?',
      responses: { 200: { description: 'It does', schema: healthView } },
      handle(ctx) {
        ctx.set('Cache-Control', 'no-store');
        ctx.body = { status: 'ok', uptimeSeconds: Math.round(process.uptime()) };
      },
    },
    {
      path: '/readyz',
      tag: 'service',
      summary: 'Is every camera live, or asleep on demand? `cameras=none` asks about the appliance alone',
      query: readinessQuery,
      responses: {
        200: { description: 'Ready', schema: readinessView },
        503: { description: 'Some camera is not', schema: readinessView },
      },
      handle(ctx) {
        const { cameras } = readQuery(ctx, readinessQuery);
        const asked = cameras === 'none' ? [] : directory.cameras();
        const notReady = asked
          .filter((camera) => camera.state !== 'live' && camera.state !== 'asleep')
          .map(({ name, state, reason, detail }) => ({ name, state, reason, detail }));
        ctx.set('Cache-Control', 'no-store');
        ctx.status = notReady.length === 0 ? 200 : 503;
        ctx.body = { ready: notReady.length === 0, notReady };
      },
    },
  ];
}
