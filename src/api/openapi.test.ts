import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { FakeAppliance } from './testing.js';

/** As much of OpenAPI 3.1 as we use, strictly: a key that is not foreseen fails. */
const jsonSchema = z.record(z.string(), z.unknown());
const content = z.record(z.string().includes('/'), z.strictObject({ schema: jsonSchema.optional() }));
const operation = z.strictObject({
  tags: z.array(z.string()),
  summary: z.string().min(1),
  parameters: z.array(
    z.strictObject({
      name: z.string(),
      in: z.enum(['path', 'query']),
      required: z.boolean(),
      schema: jsonSchema,
    }),
  ),
  requestBody: z.strictObject({ required: z.literal(true), description: z.string(), content }).optional(),
  responses: z.record(z.string().regex(/^[1-5]\d\d$/), z.strictObject({ description: z.string(), content })),
});
const document = z.strictObject({
  openapi: z.literal('3.1.0'),
  info: z.strictObject({ title: z.string(), version: z.string(), description: z.string() }),
  servers: z.array(z.strictObject({ url: z.string() })),
  paths: z.record(
    z.string().startsWith('/'),
    z.strictObject({
      get: operation.optional(),
      post: operation.optional(),
      patch: operation.optional(),
      delete: operation.optional(),
    }),
  ),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  components: z.strictObject({
    schemas: z.record(z.string(), jsonSchema),
    securitySchemes: z.record(z.string(), z.strictObject({ type: z.string(), scheme: z.string() })),
  }),
});

describe('openapi.json', () => {
  const appliance = new FakeAppliance();
  let base = '';
  let api: z.infer<typeof document>;
  before(async () => {
    base = await appliance.listen();
    api = document.parse(await (await fetch(`${base}/api/openapi.json`)).json());
  });
  after(() => appliance.close());

  it('names every parameter of every path, once', () => {
    const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
      Object.values(methods).flatMap((one) => (one ? [{ path, ...one }] : [])),
    );
    assert.ok(operations.length > Object.keys(api.paths).length);
    for (const { path, parameters, responses } of operations) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const declared = parameters.filter((one) => one.in === 'path');
      assert.deepEqual(
        declared.map((one) => one.name),
        named,
        path,
      );
      assert.ok(declared.every((one) => one.required));
      assert.ok(
        Object.keys(responses).some((status) => /^(101|2)/.test(status)),
        path,
      );
    }
  });

  it('refers to nothing that is missing', () => {
    const references: string[] = [];
    JSON.stringify(api, (key, value: unknown) => {
      if (key === '$ref') references.push(String(value));
      return value;
    });
    assert.ok(references.length > 0);
    for (const reference of references) {
      const [, id] = /^#\/components\/schemas\/(\w+)$/.exec(reference) ?? [];
      assert.ok(id && id in api.components.schemas, reference);
    }
    assert.deepEqual(Object.keys(api.components.schemas).sort(), [
      'Action',
      'Analysis',
      'Camera',
      'Change',
      'Control',
      'Controls',
      'Device',
      'Event',
      'Measures',
      'Problem',
      'Profile',
      'Readers',
      'Session',
      'Sessions',
      'Spread',
      'Stream',
    ]);
  });

  it('describes what is really there: every address without a parameter answers as it says', async () => {
    const plain = Object.entries(api.paths).flatMap(([path, { get }]) =>
      get && !path.includes('{') && !path.endsWith('/events') ? [{ path, get }] : [],
    );
    assert.ok(plain.length >= 5);
    for (const { path, get } of plain) {
      const response = await fetch(base + path);
      const described = get.responses[String(response.status)];
      assert.ok(described, `${path}: ${response.status}`);
      const type = response.headers.get('content-type')?.split(';')[0] ?? '';
      assert.ok(type in described.content, `${path}: ${type}`);
    }
  });

  it('describes the queries with their limits and choices', () => {
    const picture = api.paths['/{camera}/{stream}.jpg']?.get?.parameters ?? [];
    const query = Object.fromEntries(
      picture.filter((one) => one.in === 'query').map((one) => [one.name, one.schema]),
    );
    assert.deepEqual(Object.keys(query).sort(), ['format', 'height', 'maxAge', 'quality', 'width']);
    assert.deepEqual(query['format']?.['enum'], ['jpeg', 'webp', 'png', 'avif']);
    assert.equal(query['quality']?.['maximum'], 100);
  });
});
