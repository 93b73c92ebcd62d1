import { type JsonSchema, profileJsonSchema } from './json-schema.js';

/** docs/profile.schema.json: what editors read. */
export function schemaFile(): string {
  return `${JSON.stringify(profileJsonSchema, null, 2)}\n`;
}

export const referenceBegin = '<!-- The table is made from the schema: node scripts/profile-docs.mjs -->';
export const referenceEnd = '<!-- End of the table. -->';

/** docs/profile.md with its table of keys made anew. */
export function withReference(page: string): string {
  const begin = page.indexOf(referenceBegin);
  const end = page.indexOf(referenceEnd);
  if (begin < 0 || end < begin) throw new Error('the page has no place for the table of keys');
  return `${page.slice(0, begin + referenceBegin.length)}\n\n${keyTable()}\n${page.slice(end)}`;
}

function keyTable(): string {
  const rows = rowsOf(profileJsonSchema, []);
  const head = ['| key | value | default | change | meaning |', '| --- | --- | --- | --- | --- |'];
  return [...head, ...rows, ''].join('\n');
}

function rowsOf(schema: JsonSchema, path: readonly string[]): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, child]) => {
    const here = [...path, key];
    const own = child.properties ? [] : [row(here, child, schema.required?.includes(key) ?? false)];
    const entry = child.additionalProperties;
    if (!entry)
      return [...own, ...[child, ...(child.anyOf ?? [])].flatMap((variant) => rowsOf(variant, here))];
    const below = [...here, chosenNames[key] ?? 'NAME'];
    return entry.oneOf ? [...own, ...variantRows(entry.oneOf, below)] : [...own, ...rowsOf(entry, below)];
  });
}

/** Groups whose keys are names of the user's choice: how the table calls such a name. */
const chosenNames: Readonly<Record<string, string>> = { cameras: 'CAM', streams: 'STREAM', users: 'NAME' };

/** What all codecs have, then what only one has. */
function variantRows(variants: readonly JsonSchema[], path: readonly string[]): string[] {
  const isCommon = (key: string) => variants.every((variant) => variant.properties?.[key] !== undefined);
  const codecs = variants.map((variant) => variant.properties?.['codec']?.const);
  const common = variants.slice(-1).flatMap((variant) => rowsOf(picked(variant, isCommon), path));
  const [, ...rest] = common;
  const codec = row(
    [...path, 'codec'],
    { enum: codecs, description: 'How frames are encoded', change: 'branch' },
    true,
  );
  const own = new Map<string, unknown[]>();
  for (const variant of variants) {
    const rows = rowsOf(
      picked(variant, (key) => !isCommon(key)),
      path,
    );
    for (const one of rows) own.set(one, [...(own.get(one) ?? []), variant.properties?.['codec']?.const]);
  }
  const told = [...own].map(([one, having]) => one.replace(/ \|$/, ` (codec ${having.join(', ')}) |`));
  return [codec, ...rest, ...told];
}

function picked(schema: JsonSchema, keep: (key: string) => boolean): JsonSchema {
  const properties = Object.entries(schema.properties ?? {}).filter(([key]) => keep(key));
  return { ...schema, properties: Object.fromEntries(properties) };
}

function row(path: readonly string[], schema: JsonSchema, required: boolean): string {
  const preset = schema.default === undefined ? (required ? 'required' : '') : `\`${text(schema.default)}\``;
  const { description = '', change = '' } = schema;
  const cells = [`\`${path.join('.')}\``, valueCell(schema), preset, change, description];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function valueCell(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${text(schema.const)}\``;
  if (schema.enum) return schema.enum.map((choice) => `\`${text(choice)}\``).join(', ');
  if (schema.title) return schema.title;
  if (schema.anyOf) return schema.anyOf.map(valueCell).join(' or ');
  if (schema.items) return `list of ${valueCell(schema.items)}`;
  if (schema.type === 'integer') return range(schema);
  return words[schema.type ?? ''] ?? schema.type ?? '';
}

const words: Readonly<Record<string, string>> = {
  boolean: '`true`, `false`',
  string: 'text',
  number: 'number',
};

function range({ minimum, maximum }: JsonSchema): string {
  return `${minimum} to ${maximum}`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
