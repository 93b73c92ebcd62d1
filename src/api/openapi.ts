/** `/api/openapi.json`, made from the operations and the schemas that check and describe their data. */
import { z } from 'zod';
import { analysisView, measuresView, spreadView } from './analysis-view.js';
import { controlsView, controlView } from './control-views.js';
import { apiEvent } from './events.js';
import type { Operation, OperationBody, OperationResponse } from './operation.js';
import { problemView } from './problem.js';
import { deviceView } from './routes/devices.js';
import { sessionsView, sessionView } from './session-views.js';
import { actionView, cameraView, changeView, profileView, readersView, streamView } from './views.js';

type Json = Record<string, unknown>;

const named = z.registry<{ id: string }>();
named.add(readersView, { id: 'Readers' });
named.add(streamView, { id: 'Stream' });
named.add(cameraView, { id: 'Camera' });
named.add(actionView, { id: 'Action' });
named.add(changeView, { id: 'Change' });
named.add(profileView, { id: 'Profile' });
named.add(sessionView, { id: 'Session' });
named.add(sessionsView, { id: 'Sessions' });
named.add(spreadView, { id: 'Spread' });
named.add(measuresView, { id: 'Measures' });
named.add(analysisView, { id: 'Analysis' });
named.add(controlView, { id: 'Control' });
named.add(controlsView, { id: 'Controls' });
named.add(deviceView, { id: 'Device' });
named.add(problemView, { id: 'Problem' });
named.add(apiEvent, { id: 'Event' });

const reference = (id: string) => `#/components/schemas/${id}`;

export function openApiDocument(operations: readonly Operation[], version: string): Json {
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    const { path, method = 'get' } = operation;
    paths[path] = { ...paths[path], [method]: describe(operation) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Teecam',
      version,
      description: 'Cameras and streams: seen and changed. Events come over a WebSocket at /api/v1/events.',
    },
    servers: [{ url: '/' }],
    // Nobody, or a user by HTTP basic: as the profile has it.
    security: [{}, { basic: [] }],
    paths,
    components: {
      schemas: componentSchemas(),
      securitySchemes: { basic: { type: 'http', scheme: 'basic' } },
    },
  };
}

function componentSchemas(): Json {
  const { schemas } = z.toJSONSchema(named, { uri: reference });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, bare(schema)]));
}

function describe(operation: Operation): Json {
  const responses = Object.entries(operation.responses).map(([status, response]) => [
    status,
    { description: response.description, content: contentOf(response) },
  ]);
  return {
    tags: [operation.tag],
    summary: operation.summary,
    parameters: [...pathParameters(operation.path), ...queryParameters(operation.query)],
    ...(operation.body && { requestBody: bodyOf(operation.body) }),
    responses: Object.fromEntries(responses),
  };
}

/** What is in it is the profile's matter, whose JSON Schema is published by itself. */
function bodyOf({ contentTypes, description }: OperationBody): Json {
  const content = contentTypes.map((type) => [type, { schema: { type: 'object' } }]);
  return { required: true, description, content: Object.fromEntries(content) };
}

function contentOf(response: OperationResponse): Json {
  const { schema } = response;
  if (!schema) return { [response.contentType ?? 'application/octet-stream']: {} };
  const type = schema === problemView ? 'application/problem+json' : 'application/json';
  return { [type]: { schema: schemaOf(schema) } };
}

function schemaOf(schema: z.ZodType): Json {
  const id = named.get(schema)?.id;
  if (id) return { $ref: reference(id) };
  if (schema instanceof z.ZodArray) return { type: 'array', items: schemaOf(schema.element as z.ZodType) };
  return bare(z.toJSONSchema(schema));
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters(query: z.ZodObject | undefined): Json[] {
  if (!query) return [];
  const { properties = {} } = z.toJSONSchema(query, { io: 'input' });
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: false, schema }));
}

function bare(schema: object): Json {
  const { $schema: _dialect, $id: _id, ...rest } = schema as Json;
  return rest;
}
