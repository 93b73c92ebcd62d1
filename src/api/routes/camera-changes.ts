/** Cameras and streams come, become others, and go. */
import type { RouterContext } from '@koa/router';
import { z } from 'zod';
import { readObject } from '../body.js';
import { findCamera, findStream } from '../find.js';
import { type Operation, type OperationBody, pathParameter, readQuery } from '../operation.js';
import type { CameraDirectory, ProfileControl, RequestedChange } from '../ports.js';
import { badRequest } from '../problem.js';
import { cameraView, changeView, streamView } from '../views.js';
import { changeProblems, changeQuery } from './change.js';

/** The change, and what it made: null after a removal, and where nothing was done. */
const cameraAnswer = changeView.extend({ result: cameraView.nullable() });
const streamAnswer = changeView.extend({ result: streamView.nullable() });

const whole: OperationBody = {
  contentTypes: ['application/json'],
  description: 'As the profile writes it, with `name`',
};
const patch: OperationBody = {
  contentTypes: ['application/merge-patch+json', 'application/json'],
  description: 'A JSON merge patch (RFC 7396) of what is written in the profile; null takes a key away',
};

export function cameraChanges(directory: CameraDirectory, control: ProfileControl): Operation[] {
  const answer = answerOf(control, ({ camera }) => findCamera(directory, camera));
  const path = '/api/v1/cameras/{camera}';
  return [
    {
      method: 'post',
      path: '/api/v1/cameras',
      tag: 'cameras',
      summary: 'Adds a camera',
      query: changeQuery,
      body: whole,
      responses: { 201: { description: 'It runs', schema: cameraAnswer }, ...changeProblems },
      async handle(ctx) {
        const { name, value } = await readNamed(ctx);
        await answer(ctx, { kind: 'add', camera: name, stream: null, value });
      },
    },
    {
      method: 'patch',
      path,
      tag: 'cameras',
      summary: 'Changes a camera',
      query: changeQuery,
      body: patch,
      responses: { 200: { description: 'It runs so', schema: cameraAnswer }, ...changeProblems },
      async handle(ctx) {
        const value = await readObject(ctx, patch.contentTypes);
        await answer(ctx, { kind: 'change', camera: pathParameter(ctx, 'camera'), stream: null, value });
      },
    },
    {
      method: 'delete',
      path,
      tag: 'cameras',
      summary: 'Removes a camera, and ends its viewers',
      query: changeQuery,
      responses: { 200: { description: 'It is gone', schema: cameraAnswer }, ...changeProblems },
      async handle(ctx) {
        await answer(ctx, { kind: 'remove', camera: pathParameter(ctx, 'camera'), stream: null, value: {} });
      },
    },
  ];
}

export function streamChanges(directory: CameraDirectory, control: ProfileControl): Operation[] {
  const answer = answerOf(control, ({ camera, stream }) =>
    findStream(findCamera(directory, camera), stream ?? ''),
  );
  const path = '/api/v1/cameras/{camera}/streams/{stream}';
  const names = (ctx: RouterContext) => {
    return { camera: pathParameter(ctx, 'camera'), stream: pathParameter(ctx, 'stream') };
  };
  return [
    {
      method: 'post',
      path: '/api/v1/cameras/{camera}/streams',
      tag: 'cameras',
      summary: 'Adds a stream to a camera',
      query: changeQuery,
      body: whole,
      responses: { 201: { description: 'It is there', schema: streamAnswer }, ...changeProblems },
      async handle(ctx) {
        const { name, value } = await readNamed(ctx);
        await answer(ctx, { kind: 'add', camera: pathParameter(ctx, 'camera'), stream: name, value });
      },
    },
    {
      method: 'patch',
      path,
      tag: 'cameras',
      summary: 'Changes a stream',
      query: changeQuery,
      body: patch,
      responses: { 200: { description: 'It is so', schema: streamAnswer }, ...changeProblems },
      async handle(ctx) {
        const value = await readObject(ctx, patch.contentTypes);
        await answer(ctx, { kind: 'change', ...names(ctx), value });
      },
    },
    {
      method: 'delete',
      path,
      tag: 'cameras',
      summary: 'Removes a stream, and ends its viewers',
      query: changeQuery,
      responses: { 200: { description: 'It is gone', schema: streamAnswer }, ...changeProblems },
      async handle(ctx) {
        await answer(ctx, { kind: 'remove', ...names(ctx), value: {} });
      },
    },
  ];
}

function answerOf(control: ProfileControl, view: (request: RequestedChange) => unknown) {
  return async (ctx: RouterContext, asked: Omit<RequestedChange, 'dryRun'>): Promise<void> => {
    const request = { ...asked, dryRun: readQuery(ctx, changeQuery).dryRun === '1' };
    const change = await control.change(request);
    const isThere = !change.dryRun && request.kind !== 'remove';
    if (isThere && request.kind === 'add') {
      ctx.status = 201;
      const { camera, stream } = request;
      ctx.set('Location', `/api/v1/cameras/${camera}${stream === null ? '' : `/streams/${stream}`}`);
    }
    ctx.body = { ...change, result: isThere ? view(request) : null };
  };
}

const named = z.looseObject({ name: z.string() });

async function readNamed(ctx: RouterContext): Promise<{ name: string; value: Record<string, unknown> }> {
  const body = await readObject(ctx, whole.contentTypes);
  const { data } = named.safeParse(body);
  if (!data)
    throw badRequest('the body has no name', [
      { field: 'name', message: 'expected the name of what is to be added' },
    ]);
  const { name, ...value } = data;
  return { name, value };
}
