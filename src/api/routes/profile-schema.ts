import { profileJsonSchema } from '../../profile/json-schema.js';
import type { Operation } from '../operation.js';

export function profileSchemaOperations(): Operation[] {
  return [
    {
      path: '/api/v1/profile/schema',
      tag: 'profile',
      summary: "The profile's JSON Schema, as docs/profile.schema.json has it",
      responses: { 200: { description: 'The schema', contentType: 'application/schema+json' } },
      handle(ctx) {
        ctx.type = 'application/schema+json';
        ctx.body = JSON.stringify(profileJsonSchema);
      },
    },
  ];
}
