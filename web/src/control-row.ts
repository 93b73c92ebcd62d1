/** One control: its name, what sets it, and what brings it back. */
import type { ControlView } from '../../dist/src/api/control-views.js';
import { button, el, setAttribute, setText } from './dom.js';

type Value = boolean | number | string | null;

export class ControlRow {
  readonly element: HTMLElement;
  readonly #input: HTMLInputElement | HTMLSelectElement | HTMLButtonElement;
  readonly #shown = el('output', { class: 'control-value' });
  readonly #reset: HTMLButtonElement;
  #control: ControlView;

  /** `set`: null for its default. */
  constructor(camera: string, control: ControlView, set: (value: Value) => void) {
    this.#control = control;
    const id = `control-${camera}-${control.name}`;
    this.#input = inputFor(control);
    this.#input.id = id;
    this.#reset = button('Reset', `Reset ${control.label}`, () => set(null));
    if (this.#input instanceof HTMLButtonElement) this.#input.onclick = () => set(true);
    // A slider works while it is moved; a text when it is finished.
    const moved = control.type === 'string' ? 'change' : 'input';
    this.#input.addEventListener(moved, () => {
      this.#showValue();
      set(this.#value());
    });
    this.element = el(
      'div',
      { class: 'control' },
      el('label', { for: id, title: control.name }, control.label),
      this.#input,
      this.#shown,
      this.#reset,
    );
  }

  update(control: ControlView): void {
    this.#control = control;
    const closed = control.readOnly || control.inactive;
    this.#input.disabled = closed;
    this.#reset.hidden = control.default === null;
    this.#reset.disabled = closed || control.value === control.default;
    setAttribute(this.element, 'data-closed', closed);
    // Whoever holds it has the word.
    if (document.activeElement !== this.#input || control.type === 'boolean' || closed)
      this.#fill(control.value);
    this.#showValue();
  }

  #fill(value: Value): void {
    if (this.#input instanceof HTMLButtonElement) return;
    if (this.#input.type === 'checkbox') (this.#input as HTMLInputElement).checked = value === true;
    else this.#input.value = value === null ? '' : String(value);
  }

  #value(): Value {
    const { type } = this.#control;
    if (type === 'boolean') return (this.#input as HTMLInputElement).checked;
    return type === 'string' ? this.#input.value : Number(this.#input.value);
  }

  #showValue(): void {
    setText(this.#shown, this.#input.type === 'range' ? this.#input.value : '');
  }
}

function inputFor({ type, label, minimum, maximum, step, menu }: ControlView) {
  switch (type) {
    case 'button':
      return el('button', { class: 'button', type: 'button' }, label);
    case 'boolean':
      return el('input', { type: 'checkbox' });
    case 'menu':
    case 'integer-menu':
      return el(
        'select',
        {},
        ...menu.map((entry) => el('option', { value: String(entry.value) }, entry.label)),
      );
    case 'string':
      return el('input', { type: 'text', maxlength: String(maximum) });
    default: {
      // A slider of so many steps could not be moved to one of them.
      const kind = maximum - minimum <= 100_000 && type === 'integer' ? 'range' : 'number';
      const limits = { min: String(minimum), max: String(maximum), step: String(Math.max(1, step)) };
      return el('input', { type: kind, ...limits });
    }
  }
}
