/** The keys of a stream or a camera as fields: what is asked for first, and the rest behind a button. */
import { el } from './dom.js';
import { FormField } from './form-field.js';
import { type Field, fieldsOf, type Schema } from './schema-fields.js';

export type Written = Readonly<Record<string, unknown>>;

export function valueAt(written: Written, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Written | undefined)?.[key], written);
}

/** Sets `value` below `target`, where groups are made as they are needed. */
function setAt(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  if (rest.length === 0) {
    target[key] = value;
    return;
  }
  target[key] ??= {};
  setAt(target[key] as Record<string, unknown>, rest, value);
}

export class KeyForm {
  readonly element: HTMLElement;
  readonly fields: readonly FormField[];

  /** `suggestions`: for a source, the id of a datalist. */
  constructor(schema: Schema, without: readonly string[], written: Written, suggestions?: string) {
    const make = (field: Field) =>
      new FormField(
        field,
        valueAt(written, field.path),
        field.path[0] === 'source' ? suggestions : undefined,
      );
    this.fields = fieldsOf(schema, without).map(make);
    const leading = this.fields.filter(({ field }) => field.leading).map(({ element }) => element);
    const rest = this.fields.filter(({ field }) => !field.leading).map(({ element }) => element);
    const more = el(
      'details',
      { class: 'more' },
      el('summary', {}, 'More settings'),
      el('div', { class: 'fields' }, ...rest),
    );
    // What is written there is worth a look.
    more.open = this.fields.some(({ field }) => !field.leading && valueAt(written, field.path) !== undefined);
    this.element = el(
      'div',
      {},
      el('div', { class: 'fields' }, ...leading),
      ...(rest.length > 0 ? [more] : []),
    );
  }

  /** All that is filled in, as the profile writes it. */
  get values(): Record<string, unknown> {
    const values: Record<string, unknown> = {};
    for (const { field, value } of this.fields) if (value !== undefined) setAt(values, field.path, value);
    return values;
  }

  /** A merge patch of what is written; null stands for a key that goes. */
  get patch(): Record<string, unknown> {
    const patch: Record<string, unknown> = {};
    for (const one of this.fields) if (one.changed) setAt(patch, one.field.path, one.value ?? null);
    return patch;
  }
}
