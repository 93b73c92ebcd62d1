/** A camera's controls: sliders, switches, menus and buttons that work while they are moved. */
import type { ControlsView, ControlView } from '../../dist/src/api/control-views.js';
import { changeControls, controls, Refusal, resetControls } from './appliance.js';
import { ControlRow } from './control-row.js';
import { button, el, KeyedList, setText } from './dom.js';
import { say } from './toast.js';

type Values = Record<string, boolean | number | string | null>;

export class ControlsPanel {
  readonly element: HTMLElement;
  readonly #camera: string;
  readonly #box = el('div', { class: 'controls' });
  readonly #note = el('p', { class: 'help' });
  readonly #reset: HTMLButtonElement;
  readonly #groups: KeyedList<Group, GroupBox>;
  /** What is to be sent when the answer to what was sent is there: a slider is faster than a camera. */
  #waiting: Values = {};
  #sending = false;
  /** How often the appliance told by itself how they are. */
  #told = 0;

  constructor(camera: string) {
    this.#camera = camera;
    this.#groups = new KeyedList(this.#box);
    this.#reset = button(
      'Reset all',
      `Bring all controls of ${camera} back to their defaults`,
      () => void this.#resetAll(),
    );
    this.element = el(
      'section',
      { class: 'controls-box', 'aria-label': `Controls of ${camera}`, hidden: true },
      this.#note,
      this.#box,
      el('div', { class: 'card-buttons' }, this.#reset),
    );
  }

  get shown(): boolean {
    return !this.element.hidden;
  }

  toggle(): void {
    this.element.hidden = this.shown;
    if (this.shown) void this.look();
  }

  /** Asks for them; without a device it says so. */
  async look(): Promise<void> {
    try {
      await this.#show(controls(this.#camera));
    } catch (error) {
      setText(this.#note, sentence(error));
    }
  }

  /** They are others now. */
  update(all: readonly ControlView[]): void {
    if (!this.shown) return;
    this.#told += 1;
    this.#list(all);
  }

  #list(all: readonly ControlView[]): void {
    const groups = [...new Set(all.map(({ group }) => group))];
    this.#groups.update(
      groups.map((name) => ({ name, controls: all.filter(({ group }) => group === name) })),
      ({ name }) => name,
      ({ name }) => new GroupBox(this.#camera, name, (values) => this.#send(values)),
    );
    this.#reset.disabled = all.length === 0;
  }

  async #show(asked: Promise<ControlsView>): Promise<void> {
    const told = this.#told;
    const { device, controls: all, faults } = await asked;
    const none = device === null ? 'There is no device whose controls could be set now.' : '';
    const wrong = faults.map(({ control, message }) => `${control}: ${message}`).join(' ');
    setText(this.#note, none || wrong || (all.length === 0 ? 'This device has no controls.' : ''));
    // The appliance tells them before it answers: an answer that was overtaken knows nothing newer.
    if (told === this.#told) this.#list(all);
  }

  #send(values: Values): void {
    Object.assign(this.#waiting, values);
    if (!this.#sending) void this.#sendWaiting();
  }

  async #sendWaiting(): Promise<void> {
    this.#sending = true;
    try {
      while (Object.keys(this.#waiting).length > 0) {
        const values = this.#waiting;
        this.#waiting = {};
        await this.#show(changeControls(this.#camera, values));
      }
    } catch (error) {
      this.#waiting = {};
      say(sentence(error));
      await this.look();
    } finally {
      this.#sending = false;
    }
  }

  async #resetAll(): Promise<void> {
    try {
      await this.#show(resetControls(this.#camera));
      say(`Controls of ${this.#camera}: as they were made`);
    } catch (error) {
      say(sentence(error));
    }
  }
}

interface Group {
  name: string;
  controls: readonly ControlView[];
}

class GroupBox {
  readonly element: HTMLElement;
  readonly #camera: string;
  readonly #set: (values: Values) => void;
  readonly #rows: KeyedList<ControlView, ControlRow>;

  constructor(camera: string, name: string, set: (values: Values) => void) {
    this.#camera = camera;
    this.#set = set;
    this.element = el('fieldset', { class: 'control-group' }, el('legend', {}, name));
    this.#rows = new KeyedList(this.element);
  }

  update({ controls: all }: Group): void {
    this.#rows.update(
      all,
      ({ name }) => name,
      (control) => new ControlRow(this.#camera, control, (value) => this.#set({ [control.name]: value })),
    );
  }
}

/** The faults themselves, not only that there are some. */
function sentence(error: unknown): string {
  if (!(error instanceof Refusal)) return 'The appliance does not answer';
  const { errors, detail } = error.problem;
  const name = (field: string) => field.split('.').at(-1) ?? '';
  return errors ? errors.map(({ field, message }) => `${name(field)}: ${message}`).join('; ') : detail;
}
