/** Brightness, exposure, focus: what a camera's device lets one set. */
import type { RouterContext } from '@koa/router';
import { readObject } from '../body.js';
import { controlsView } from '../control-views.js';
import { findCamera } from '../find.js';
import { type Operation, pathParameter, readQuery } from '../operation.js';
import type { CameraDirectory, ControlDirectory } from '../ports.js';
import { problemView } from '../problem.js';
import { type ChangeView, changeView } from '../views.js';
import { changeProblems, changeQuery } from './change.js';

const path = '/api/v1/cameras/{camera}/controls';
const contentTypes = ['application/merge-patch+json', 'application/json'] as const;
const answerView = changeView.extend({ result: controlsView.nullable() });

export function controlOperations(cameras: CameraDirectory, directory: ControlDirectory): Operation[] {
  const nameOf = (ctx: RouterContext) => findCamera(cameras, pathParameter(ctx, 'camera')).name;
  const answer = async (
    ctx: RouterContext,
    change: (camera: string, dryRun: boolean) => Promise<ChangeView>,
  ) => {
    const camera = nameOf(ctx);
    const done = await change(camera, readQuery(ctx, changeQuery).dryRun === '1');
    ctx.body = { ...done, result: done.dryRun ? null : await directory.controls(camera) };
  };
  return [
    {
      path,
      tag: 'cameras',
      summary: "A camera's controls, such as its exposure, as they are now",
      responses: {
        200: { description: 'The controls', schema: controlsView },
        404: { description: 'No such camera', schema: problemView },
      },
      async handle(ctx) {
        ctx.set('Cache-Control', 'no-store');
        ctx.body = await directory.controls(nameOf(ctx));
      },
    },
    {
      method: 'patch',
      path,
      tag: 'cameras',
      summary: 'Sets controls, and keeps them; presses buttons',
      query: changeQuery,
      body: {
        contentTypes,
        description: 'Values by name; null stands for the default, true presses a button',
      },
      responses: { 200: { description: 'They are so', schema: answerView }, ...changeProblems },
      async handle(ctx) {
        nameOf(ctx);
        const values = await readObject(ctx, contentTypes);
        await answer(ctx, (camera, dryRun) => directory.changeControls(camera, values, dryRun));
      },
    },
    {
      method: 'delete',
      path,
      tag: 'cameras',
      summary: 'Brings all controls back to their defaults, and keeps none',
      query: changeQuery,
      responses: { 200: { description: 'They are so', schema: answerView }, ...changeProblems },
      async handle(ctx) {
        await answer(ctx, (camera, dryRun) => directory.resetControls(camera, dryRun));
      },
    },
  ];
}
