import { button, el, setAttribute } from './dom.js';

/** A part of a table below a line of it, and the button that opens it. */
export class RowDetail {
  readonly element: HTMLElement;
  readonly toggle: HTMLButtonElement;
  readonly #opened: (open: boolean) => void;

  /** `name`: what it is of what, for those who do not see where it stands. */
  constructor(
    { id, words, name, columns }: { id: string; words: string; name: string; columns: number },
    content: Element,
    opened: (open: boolean) => void = () => {},
  ) {
    this.#opened = opened;
    this.element = el(
      'tr',
      { class: 'detail', id, hidden: true },
      el('td', { colspan: `${columns}` }, content),
    );
    this.toggle = button(words, name, () => this.open(this.element.hidden));
    this.toggle.className = 'toggle';
    setAttribute(this.toggle, 'aria-controls', id);
    setAttribute(this.toggle, 'aria-expanded', 'false');
  }

  open(open: boolean): void {
    if (open !== this.element.hidden) return;
    this.element.hidden = !open;
    setAttribute(this.toggle, 'aria-expanded', String(open));
    this.#opened(open);
  }
}
