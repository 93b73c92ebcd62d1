/** Elements without a framework: made once, then only their text and attributes change. */

type Attributes = Readonly<Record<string, string | boolean>>;

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  element.append(...children);
  return element;
}

/** `name`: what it does and to what, for those who do not see where it stands. */
export function button(words: string, name: string, press: () => void): HTMLButtonElement {
  const element = el('button', { class: 'button', type: 'button', 'aria-label': name }, words);
  element.onclick = press;
  return element;
}

export function setAttribute(element: Element, name: string, value: string | boolean): void {
  if (typeof value === 'boolean') element.toggleAttribute(name, value);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Untouched where nothing changed: a selection of the reader's stays, and nothing is laid out again. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}

/** One part per item, in the items' order; parts of the same key stay, with what the reader did to them. */
export class KeyedList<T, P extends { element: HTMLElement; update(item: T): void; remove?(): void }> {
  readonly #parent: HTMLElement;
  readonly #parts = new Map<string, P>();
  /** Children that were there before stay in front. */
  readonly #offset: number;

  constructor(parent: HTMLElement) {
    this.#parent = parent;
    this.#offset = parent.children.length;
  }

  update(items: readonly T[], keyOf: (item: T) => string, make: (item: T) => P): void {
    const keys = new Set(items.map(keyOf));
    for (const [key, part] of this.#parts) {
      if (keys.has(key)) continue;
      part.remove?.();
      part.element.remove();
      this.#parts.delete(key);
    }
    items.forEach((item, index) => {
      const key = keyOf(item);
      const part = this.#parts.get(key) ?? make(item);
      this.#parts.set(key, part);
      part.update(item);
      const there = this.#parent.children[this.#offset + index] ?? null;
      if (there !== part.element) this.#parent.insertBefore(part.element, there);
    });
  }
}
