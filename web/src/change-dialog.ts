/** Asks, says what it would do, and does it: a form of keys of the profile in a window of its own. */
import { ask, type Change, Refusal } from './appliance.js';
import { el, setText } from './dom.js';
import { showEffects } from './effects.js';
import type { FormField } from './form-field.js';

/** What a person can fill in. */
export interface ChangeForm {
  title: string;
  /** On the button that does it. */
  verb: string;
  /** Removing is asked for twice: the button is not the one that Enter presses. */
  removes: boolean;
  /** Of what the form is about, asked for in a window of its own. */
  removal?: { words: string; open(): void };
  /** What stands above the effects. */
  content: readonly HTMLElement[];
  /** Those that are shown now. */
  fields(): readonly FormField[];
  /** Null: there is nothing to do. */
  change(): Change | null;
  /** Where the form's keys lie in the profile, to find the field that a fault means. */
  place(field: FormField): string;
}

const pauseMs = 300;

export class ChangeDialog {
  readonly #form: ChangeForm;
  readonly #onDone: (words: string) => void;
  readonly #dialog = el('dialog', { class: 'dialog', 'aria-labelledby': 'dialog-title' });
  readonly #effects = el('ul', { class: 'effects' });
  readonly #trouble = el('p', { class: 'dialog-trouble', role: 'alert', hidden: true });
  readonly #apply: HTMLButtonElement;
  #pause: number | undefined;
  /** Counts up with every question, so that the answer to an older one changes nothing. */
  #asked = 0;

  private constructor(form: ChangeForm, onDone: (words: string) => void) {
    this.#form = form;
    this.#onDone = onDone;
    this.#apply = el('button', { class: form.removes ? 'button danger' : 'button primary' }, form.verb);
    this.#apply.type = form.removes ? 'button' : 'submit';
    const cancel = el('button', { class: 'button', type: 'button' }, 'Cancel');
    const sheet = el(
      'form',
      { method: 'dialog', novalidate: true },
      el('h2', { id: 'dialog-title' }, form.title),
      ...form.content,
      el(
        'div',
        { class: 'dialog-foot' },
        this.#trouble,
        el(
          'div',
          { class: 'effects-box', 'aria-live': 'polite' },
          el('h3', {}, 'What it does'),
          this.#effects,
        ),
        el('div', { class: 'dialog-buttons' }, ...this.#removal(), cancel, this.#apply),
      ),
    );
    this.#dialog.append(sheet);
    cancel.onclick = () => this.#dialog.close();
    sheet.onsubmit = (event) => {
      event.preventDefault();
      if (!form.removes) void this.#perform();
    };
    if (form.removes) this.#apply.onclick = () => void this.#perform();
    sheet.oninput = () => this.#changed();
    sheet.addEventListener('fields', () => this.#changed());
    this.#dialog.onclose = () => {
      window.clearTimeout(this.#pause);
      this.#asked++;
      this.#dialog.remove();
    };
    document.body.append(this.#dialog);
    this.#dialog.showModal();
    if (form.removes) cancel.focus();
    void this.#preview();
  }

  #removal(): HTMLElement[] {
    const { removal } = this.#form;
    if (!removal) return [];
    const remove = el('button', { class: 'button danger', type: 'button' }, `${removal.words}…`);
    remove.onclick = () => {
      this.#dialog.close();
      removal.open();
    };
    return [remove];
  }

  /** `onDone` is told in words what was done. */
  static open(form: ChangeForm, onDone: (words: string) => void): void {
    new ChangeDialog(form, onDone);
  }

  /** Nothing is done that has not been shown. */
  #changed(): void {
    this.#apply.disabled = true;
    window.clearTimeout(this.#pause);
    this.#pause = window.setTimeout(() => void this.#preview(), pauseMs);
  }

  /** What would it do? */
  async #preview(): Promise<void> {
    const asked = ++this.#asked;
    const change = this.#form.change();
    if (!change) {
      this.#showFaults(null);
      this.#apply.disabled = true;
      this.#effects.replaceChildren(el('li', { class: 'effect' }, 'Nothing is changed yet'));
      return;
    }
    try {
      const answer = await ask(change, true);
      if (asked !== this.#asked) return;
      this.#showFaults(null);
      this.#effects.replaceChildren(...showEffects(answer));
      this.#apply.disabled = false;
    } catch (error) {
      if (asked !== this.#asked) return;
      this.#showFaults(error);
      this.#effects.replaceChildren(
        el('li', { class: 'effect' }, 'Not yet: something has to be mended first'),
      );
      this.#apply.disabled = true;
    }
  }

  async #perform(): Promise<void> {
    const change = this.#form.change();
    if (!change) return;
    const asked = ++this.#asked;
    window.clearTimeout(this.#pause);
    this.#apply.disabled = true;
    setText(this.#apply, 'Working…');
    try {
      await ask(change, false);
      this.#onDone(`${this.#form.title}: done`);
      this.#dialog.close();
    } catch (error) {
      if (asked !== this.#asked) return;
      this.#showFaults(error);
      this.#apply.disabled = false;
      setText(this.#apply, this.#form.verb);
    }
  }

  /** Each at its field; what belongs to none, above the effects. */
  #showFaults(error: unknown): void {
    const errors = error instanceof Refusal ? (error.problem.errors ?? []) : [];
    const places = this.#form.fields().map((field) => ({ field, place: this.#form.place(field) }));
    // The longest place is the nearest one: a name stands for all below it that has no field.
    places.sort((a, b) => b.place.length - a.place.length);
    const fieldOf = (at: string) =>
      places.find(({ place }) => at === place || at.startsWith(`${place}.`))?.field;
    for (const { field } of places) {
      const own = errors.filter((one) => fieldOf(one.field) === field);
      field.show(own.length === 0 ? null : own.map(({ message }) => message).join('; '));
    }
    const rest = errors.filter((one) => fieldOf(one.field) === undefined);
    const words = rest.map(({ field, message }) => `${field}: ${message}`);
    const isAtFields = errors.length > 0 && rest.length === 0;
    if (error !== null && !isAtFields && words.length === 0) words.push(wordsOf(error));
    setText(this.#trouble, words.join('\n'));
    this.#trouble.hidden = words.length === 0;
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof Refusal) return error.problem.detail;
  return 'The appliance does not answer';
}
