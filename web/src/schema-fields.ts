/** What a form asks for, read from the profile's JSON Schema: a key that the schema gains is asked for too. */

/** As much of JSON Schema as the profile's has. */
export interface Schema {
  type?: string;
  title?: string;
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  multipleOf?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | false;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
}

export interface Field {
  /** Below the stream or camera: `['capture', 'width']`. */
  path: readonly string[];
  label: string;
  help: string;
  required: boolean;
  /** Asked for first, not among the rest. */
  leading: boolean;
  /** What holds when nothing is written; null where that depends on other keys. */
  standard: unknown;
  input:
    | { kind: 'flag' }
    | { kind: 'choice' | 'choices'; options: readonly string[] }
    | { kind: 'number'; min: number | undefined; max: number | undefined; step: number }
    /** A number written as text is a number where one may stand; several lines are a list where one may. */
    | { kind: 'text'; numbers: boolean; list: boolean };
}

const leading = new Set(['source', 'bitrate', 'quality', 'gop', 'format', 'fit']);
const labels: Readonly<Record<string, string>> = {
  framerate: 'Frames a second',
  gop: 'Key frame distance',
  always: 'Always on',
  onDemand: 'On demand',
  outputs: 'Ways out',
  port: 'Own MJPEG port',
  profile: 'H.264 profile',
};

/** The schema of a camera in that of the profile. */
export function cameraSchema(profile: Schema): Schema {
  return below(profile.properties?.['cameras']);
}

/** The schemas of a stream, by codec. */
export function streamSchemas(profile: Schema): ReadonlyMap<string, Schema> {
  const stream = below(cameraSchema(profile).properties?.['streams']);
  return new Map((stream.oneOf ?? []).map((one) => [String(one.properties?.['codec']?.const), one]));
}

function below(schema: Schema | undefined): Schema {
  return schema?.additionalProperties || {};
}

/** `without`: keys that are asked for elsewhere. */
export function fieldsOf(schema: Schema, without: readonly string[], above: readonly string[] = []): Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    if (without.includes(key)) return [];
    const path = [...above, key];
    if (value.properties) return fieldsOf(value, without, path);
    const required = schema.required?.includes(key) === true;
    return {
      path,
      label: labelOf(path),
      help: (value.description ?? '').replaceAll('`', ''),
      required,
      leading: above.length === 0 && (required || leading.has(key)),
      standard: value.default ?? null,
      input: inputOf(value),
    };
  });
}

function labelOf(path: readonly string[]): string {
  const key = path.at(-1) ?? '';
  const words = labels[key] ?? key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  const all = path.length > 1 ? `${path[0]}: ${words.toLowerCase()}` : words;
  return all[0]?.toUpperCase() + all.slice(1);
}

function inputOf(schema: Schema): Field['input'] {
  const options = schema.anyOf ?? [schema];
  const types = options.map(({ type }) => type);
  const [only] = options;
  if (schema.type === 'boolean') return { kind: 'flag' };
  if (schema.enum) return { kind: 'choice', options: schema.enum.map(String) };
  if (schema.items?.enum) return { kind: 'choices', options: schema.items.enum.map(String) };
  const isNumber = (type: string | undefined) => type === 'integer' || type === 'number';
  if (options.length === 1 && only && isNumber(only.type)) {
    const { minimum: min, maximum: max, multipleOf } = only;
    return { kind: 'number', min, max, step: multipleOf ?? 1 };
  }
  return { kind: 'text', numbers: types.some(isNumber), list: types.includes('array') };
}
