import { z } from 'zod';
import type { Path } from './fault.js';
import { type ChangeEffect, profileSchema } from './schema.js';

/** As much of JSON Schema as the profile's has. */
export interface JsonSchema {
  type?: string;
  title?: string;
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  multipleOf?: number;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: JsonSchema | false;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  /** What it takes when it gets another value while the appliance runs. */
  change?: ChangeEffect;
}

/** The published JSON Schema: a profile as it is written. */
export const profileJsonSchema: JsonSchema = withEffects(
  z.toJSONSchema(profileSchema, { io: 'input' }) as JsonSchema,
);

/** A group's word on changes holds for all its keys. */
function withEffects(schema: JsonSchema, above?: ChangeEffect): JsonSchema {
  const change = schema.change ?? above;
  const entries = Object.entries(schema.properties ?? {});
  const properties = entries.map(([key, child]) => [key, withEffects(child, change)] as const);
  return {
    ...schema,
    ...(change && { change }),
    ...(schema.properties && { properties: Object.fromEntries(properties) }),
    ...(schema.anyOf && { anyOf: schema.anyOf.map((child) => withEffects(child, change)) }),
    ...(schema.additionalProperties && {
      additionalProperties: withEffects(schema.additionalProperties, change),
    }),
    ...(schema.oneOf && { oneOf: schema.oneOf.map((child) => withEffects(child, change)) }),
  };
}

/** The keys that the schema knows at this place of a profile; `value` tells which codec a stream has. */
export function keysAt(path: Path, value: unknown): string[] {
  return [...new Set(schemasAt(path, value).flatMap((schema) => Object.keys(schema.properties ?? {})))];
}

/** The values that a key may have, if the schema lists them. */
export function choicesAt(path: Path, value: unknown): string[] {
  const choices = schemasAt(path, value).flatMap(
    (schema) => schema.enum ?? (schema.const ? [schema.const] : []),
  );
  return choices.map(String);
}

/** The JSON type of a value at this place, if there is one alone. */
export function typeAt(path: Path, value: unknown): string | undefined {
  const [type, ...others] = new Set(schemasAt(path, value).map((schema) => schema.type));
  return others.length === 0 ? type : undefined;
}

/** Several where it depends on a codec that the value does not tell. */
function schemasAt(path: Path, value: unknown): JsonSchema[] {
  let schemas = [profileJsonSchema];
  let here = value;
  for (const segment of path) {
    schemas = schemas.flatMap((schema) => chosen(schema, here)).flatMap((schema) => child(schema, segment));
    here = (here as Record<string | number, unknown> | null | undefined)?.[segment];
  }
  return schemas.flatMap((schema) => chosen(schema, here));
}

function chosen(schema: JsonSchema, value: unknown): JsonSchema[] {
  if (!schema.oneOf) return schema.anyOf ?? [schema];
  const codec = (value as { codec?: unknown } | null | undefined)?.codec;
  const fitting = schema.oneOf.filter((option) => option.properties?.['codec']?.const === codec);
  return fitting.length > 0 ? fitting : schema.oneOf;
}

function child(schema: JsonSchema, segment: string | number): JsonSchema[] {
  const found = typeof segment === 'number' ? schema.items : schema.properties?.[segment];
  return [found ?? (schema.additionalProperties || [])].flat();
}
