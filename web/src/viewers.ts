/** Who watches, and who watched lately: asked for while it is open. */
import type { SessionsView, SessionView } from '../../dist/src/api/session-views.js';
import { endSession, Refusal, sessions } from './appliance.js';
import { button, el, KeyedList, setAttribute, setText } from './dom.js';
import { plural } from './format.js';
import { say } from './toast.js';
import { columns, ViewerRow } from './viewer-row.js';

const REFRESH_MS = 2000;

export class Viewers {
  readonly element: HTMLElement;
  readonly #table = el('table', { class: 'streams', 'aria-label': 'Viewers' });
  readonly #words = el('p', { class: 'source' });
  readonly #box: HTMLElement;
  readonly #toggle: HTMLButtonElement;
  readonly #rows: KeyedList<SessionView, ViewerRow>;
  #timer: number | undefined;

  constructor() {
    const heads = columns.map((column) => el('th', { scope: 'col' }, column));
    const body = el('tbody');
    this.#table.append(el('thead', {}, el('tr', {}, ...heads)), body);
    this.#rows = new KeyedList(body);
    this.#box = el('div', { class: 'streams-box', id: 'viewer-list', hidden: true }, this.#table);
    this.#toggle = button('Show', 'Show the viewers', () => this.#open(this.#box.hidden));
    this.#toggle.classList.add('toggle');
    setAttribute(this.#toggle, 'aria-controls', 'viewer-list');
    setAttribute(this.#toggle, 'aria-expanded', 'false');
    const title = el('div', { class: 'title' }, el('h2', { id: 'viewers' }, 'Viewers'), this.#toggle);
    const top = el('div', { class: 'about' }, title, this.#words);
    this.element = el('section', { class: 'viewers', 'aria-labelledby': 'viewers' }, top, this.#box);
  }

  #open(open: boolean): void {
    this.#box.hidden = !open;
    setAttribute(this.#toggle, 'aria-expanded', String(open));
    window.clearInterval(this.#timer);
    if (!open) return;
    this.#timer = window.setInterval(() => this.#refresh(), REFRESH_MS);
    this.#refresh();
  }

  #refresh(): void {
    if (document.visibilityState === 'hidden') return;
    // When nobody answers, the banner says so, and the next time may do.
    sessions().then(
      (view) => this.#show(view),
      () => undefined,
    );
  }

  #show({ sessions: open, ended, totals }: SessionsView): void {
    const refused = Object.values(totals.refused).reduce((sum, one) => sum + one, 0);
    const turnedAway = refused === 0 ? '' : `, ${refused} turned away`;
    setText(
      this.#words,
      `${plural(totals.open, 'viewer')} now, ${totals.peak} at most, ${totals.opened} since the start${turnedAway}`,
    );
    this.#rows.update(
      [...open, ...ended.sessions],
      ({ id }) => id,
      (session) => new ViewerRow(session, (one) => this.#end(one)),
    );
  }

  #end({ id, client }: SessionView): void {
    endSession(id)
      .then(() => {
        say(`${client} was ended`);
        this.#refresh();
      })
      .catch((error: unknown) => {
        say(error instanceof Refusal ? error.problem.detail : 'The appliance does not answer');
      });
  }
}
