/** One key of the profile: its input, what it means, and what is wrong with it. */
import { el, setAttribute, setText } from './dom.js';
import type { Field } from './schema-fields.js';

let made = 0;

export class FormField {
  readonly element: HTMLElement;
  readonly field: Field;
  readonly #fault = el('p', { class: 'fault', hidden: true });
  readonly #inputs: readonly (HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement)[];
  readonly #initial: unknown;

  /** `written`: as the profile has it; undefined where it has nothing. `suggestions`: the id of a datalist. */
  constructor(field: Field, written: unknown, suggestions?: string) {
    this.field = field;
    this.#initial = written;
    const id = `field-${++made}`;
    const help = el('p', { class: 'help', id: `${id}-help` }, field.help);
    this.#fault.id = `${id}-fault`;
    const described = { 'aria-describedby': `${id}-help ${id}-fault` };
    if (field.input.kind === 'choices') {
      this.#inputs = field.input.options.map((option) => el('input', { type: 'checkbox', value: option }));
      const boxes = this.#inputs.map((input) => el('label', { class: 'box' }, input, input.value));
      const legend = el('legend', {}, field.label);
      this.element = el(
        'fieldset',
        { class: 'field wide', ...described },
        legend,
        ...boxes,
        help,
        this.#fault,
      );
      this.fill(written);
      return;
    }
    const input = inputFor(field, written, suggestions);
    input.id = id;
    for (const [name, value] of Object.entries(described)) setAttribute(input, name, value);
    if (field.required) input.required = true;
    this.#inputs = [input];
    const label = el('label', { for: id }, field.label);
    const isFlag = field.input.kind === 'flag';
    this.element = el(
      'div',
      { class: isFlag ? 'field flag' : 'field' },
      ...(isFlag ? [input, label] : [label, input]),
      help,
      this.#fault,
    );
    this.fill(written);
  }

  /** Shows a value as it would be written. */
  fill(value: unknown): void {
    const { input, standard } = this.field;
    const [first] = this.#inputs;
    if (input.kind === 'choices') {
      for (const box of this.#inputs as readonly HTMLInputElement[])
        box.checked = Array.isArray(value) && value.includes(box.value);
    } else if (input.kind === 'flag') {
      (first as HTMLInputElement).checked = (value ?? standard) === true;
    } else if (first) {
      first.value = value === undefined ? '' : Array.isArray(value) ? value.join('\n') : String(value);
    }
  }

  /** As it would be written; undefined: nothing. */
  get value(): unknown {
    const { input, standard } = this.field;
    const [first] = this.#inputs;
    const text = first?.value.trim() ?? '';
    switch (input.kind) {
      case 'flag': {
        const { checked } = first as HTMLInputElement;
        return checked === standard ? undefined : checked;
      }
      case 'choices': {
        const chosen = (this.#inputs as readonly HTMLInputElement[]).filter(({ checked }) => checked);
        return chosen.length === 0 ? undefined : chosen.map(({ value }) => value);
      }
      case 'number':
        // What the browser does not take for a number goes on as text, so that the answer says what is wrong.
        return text === '' ? undefined : isNumber(text) ? Number(text) : text;
      case 'choice':
        return text === '' ? undefined : text;
      default: {
        const lines = text.split('\n').filter((line) => line.trim() !== '');
        if (input.list && lines.length > 1) return lines.map((line) => line.trim());
        if (text === '') return undefined;
        return input.numbers && isNumber(text) ? Number(text) : text;
      }
    }
  }

  /** Another value than is written. */
  get changed(): boolean {
    const { value } = this;
    const same = JSON.stringify(value) === JSON.stringify(this.#initial);
    // Written, and what would hold without: that it is written is somebody's wish.
    return !same && !(value === undefined && this.#initial === this.field.standard);
  }

  show(fault: string | null): void {
    setText(this.#fault, fault ?? '');
    this.#fault.hidden = fault === null;
    for (const input of this.#inputs) setAttribute(input, 'aria-invalid', String(fault !== null));
  }

  focus(): void {
    this.#inputs[0]?.focus();
  }
}

function isNumber(text: string): boolean {
  return /^-?\d+(\.\d+)?$/.test(text);
}

function inputFor(
  { input, standard, required }: Field,
  written: unknown,
  suggestions: string | undefined,
): HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement {
  const placeholder = standard === null ? '' : String(standard);
  switch (input.kind) {
    case 'flag':
      return el('input', { type: 'checkbox' });
    case 'choice': {
      const none = el('option', { value: '' }, placeholder === '' ? 'automatic' : `${placeholder} (default)`);
      const options = input.options.map((option) => el('option', { value: option }, option));
      return el('select', {}, ...(required ? [] : [none]), ...options);
    }
    case 'number': {
      const { min, max, step } = input;
      const number = el('input', { type: 'number', placeholder, step: String(step), inputmode: 'numeric' });
      if (min !== undefined) number.min = String(min);
      if (max !== undefined) number.max = String(max);
      return number;
    }
    default: {
      if (Array.isArray(written))
        return el('textarea', { rows: String(Math.min(6, written.length + 1)), spellcheck: 'false' });
      const line = el('input', { type: 'text', placeholder, spellcheck: 'false', autocomplete: 'off' });
      if (suggestions) line.setAttribute('list', suggestions);
      return line;
    }
  }
}
