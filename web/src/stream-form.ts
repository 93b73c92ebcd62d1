/** A stream's keys; another codec has others. */
import { el } from './dom.js';
import { FormField } from './form-field.js';
import { KeyForm, type Written } from './key-form.js';
import { type Field, type Schema, streamSchemas } from './schema-fields.js';

const codecWords: Readonly<Record<string, string>> = {
  h264: 'H.264, for players and recorders',
  jpeg: 'JPEG, for browsers',
  copy: 'Copy, what the camera itself encodes',
  raw: 'Raw, for programs on this machine',
};

export const firstStream: Written = { codec: 'h264', width: 1280, height: 720, framerate: 30 };

const nameField: Field = {
  path: ['name'],
  label: 'Name',
  help: 'It is part of the addresses: a-z first, then a-z, 0-9 or -, at most 32 characters',
  required: true,
  leading: true,
  standard: null,
  input: { kind: 'text', numbers: false, list: false },
};

export function nameInput(suggested: string): FormField {
  return new FormField(nameField, suggested);
}

export class StreamForm {
  readonly element = el('div', { class: 'stream-form' });
  readonly #schemas: ReadonlyMap<string, Schema>;
  readonly #written: Written;
  readonly #codec = el('select', { id: `codec-${Math.random().toString(36).slice(2)}` });
  readonly #keys = el('div');
  #form: KeyForm;

  constructor(profile: Schema, written: Written) {
    this.#schemas = streamSchemas(profile);
    this.#written = written;
    for (const codec of this.#schemas.keys())
      this.#codec.append(el('option', { value: codec }, codecWords[codec] ?? codec));
    this.#codec.value = String(written['codec']);
    const label = el('label', { for: this.#codec.id }, 'Codec');
    this.element.append(
      el('div', { class: 'fields' }, el('div', { class: 'field wide' }, label, this.#codec)),
      this.#keys,
    );
    this.#form = this.#make();
    this.#codec.onchange = () => this.#changeCodec();
  }

  get fields(): readonly FormField[] {
    return this.#form.fields;
  }

  get values(): Record<string, unknown> {
    return { codec: this.#codec.value, ...this.#form.values };
  }

  get patch(): Record<string, unknown> {
    const { patch } = this.#form;
    if (this.#codec.value === this.#written['codec']) return patch;
    const known = this.#schemas.get(this.#codec.value)?.properties ?? {};
    const gone = Object.keys(this.#written).filter((key) => !(key in known));
    return { codec: this.#codec.value, ...Object.fromEntries(gone.map((key) => [key, null])), ...patch };
  }

  /** What was filled in stays, as far as the other codec knows it. */
  #changeCodec(): void {
    const before = this.#form.fields;
    this.#form = this.#make();
    for (const one of this.#form.fields) {
      const same = before.find(({ field }) => field.path.join('.') === one.field.path.join('.'));
      if (same) one.fill(same.value);
    }
    this.element.dispatchEvent(new Event('fields', { bubbles: true }));
  }

  #make(): KeyForm {
    const form = new KeyForm(this.#schemas.get(this.#codec.value) ?? {}, ['codec'], this.#written);
    this.#keys.replaceChildren(form.element);
    return form;
  }
}
