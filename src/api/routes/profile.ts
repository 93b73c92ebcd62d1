import { type Operation, readQuery } from '../operation.js';
import type { ProfileControl } from '../ports.js';
import { changeView, profileView } from '../views.js';
import { changeProblems, changeQuery } from './change.js';

export function profileOperations(control: ProfileControl): Operation[] {
  return [
    {
      path: '/api/v1/profile',
      tag: 'profile',
      summary: 'The profile as it is written, what the API changed of it, and what overrides it',
      responses: { 200: { description: 'The profile', schema: profileView } },
      handle(ctx) {
        ctx.set('Cache-Control', 'no-store');
        ctx.body = control.view();
      },
    },
    {
      method: 'post',
      path: '/api/v1/profile/reload',
      tag: 'profile',
      summary: "Reads the administrator's file again, and does what it says by now",
      query: changeQuery,
      responses: { 200: { description: 'It is done', schema: changeView }, ...changeProblems },
      async handle(ctx) {
        ctx.body = await control.reload(readQuery(ctx, changeQuery).dryRun === '1');
      },
    },
  ];
}
