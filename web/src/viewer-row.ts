/** One session in the table of viewers. */
import type { SessionView } from '../../dist/src/api/session-views.js';
import { button, el, setAttribute, setText } from './dom.js';
import { bits, count, duration, milliseconds, NONE, rate } from './format.js';

export const columns = [
  'Viewer',
  'Watches',
  'State',
  'Frames / s',
  'Bitrate',
  'Frame age',
  'Lost',
  'Blocked',
  'For',
  '',
] as const;
type Column = (typeof columns)[number];

const stateWords: Readonly<Record<SessionView['state'], string>> = {
  created: 'Starting',
  active: 'Watching',
  idle: 'Idle',
  error: 'Ending',
  disconnected: 'Ended',
};

const reasonWords: Readonly<Record<NonNullable<SessionView['reason']>, string>> = {
  left: 'Left',
  dismissed: 'Ended from here',
  idle: 'Took nothing for long',
  slow: 'Too slow',
  lagged: 'Fell behind',
  'stream-gone': 'Its stream went',
  'format-changed': 'The format changed',
  failed: 'Failed',
  closing: 'The appliance ended',
};

export class ViewerRow {
  readonly element = el('tr', { class: 'numbers viewer' });
  readonly #cells = new Map(columns.map((column) => [column, el('td', { 'data-label': column })]));
  readonly #end: HTMLButtonElement;

  constructor(session: SessionView, end: (session: SessionView) => void) {
    this.#end = button('End', `End ${session.client}, which watches ${place(session)}`, () => end(session));
    this.element.append(...this.#cells.values());
    this.#cells.get('')?.append(this.#end);
  }

  update(session: SessionView): void {
    const ended = session.state === 'disconnected';
    setAttribute(this.element, 'data-state', session.state);
    setAttribute(this.#end, 'hidden', ended);
    this.#set('Viewer', session.client);
    this.#set('Watches', `${place(session)} by ${kindText(session)}`);
    this.#set('State', session.reason ? reasonWords[session.reason] : stateWords[session.state]);
    this.#set('Frames / s', rate(session.framerate));
    this.#set('Bitrate', bits(session.bitrateBps));
    this.#set('Frame age', ended ? NONE : milliseconds(session.frameAgeMs));
    this.#set('Lost', count(session.dropped));
    this.#set('Blocked', waits(session));
    this.#set('For', duration(session.durationMs));
  }

  #set(column: Column, text: string): void {
    const cell = this.#cells.get(column);
    if (cell) setText(cell, text);
  }
}

function waits({ blockedMs, heldMs, throttle }: SessionView): string {
  const held = heldMs === 0 ? [] : [`${milliseconds(heldMs)} held back (${throttle})`];
  return [...(blockedMs === 0 ? [] : [milliseconds(blockedMs)]), ...held].join(', ') || NONE;
}

function place({ camera, stream }: SessionView): string {
  return `${camera}/${stream}`;
}

const kinds: Readonly<Record<SessionView['kind'], string>> = {
  rtsp: 'RTSP',
  mjpeg: 'MJPEG',
  ts: 'MPEG-TS',
  mp4: 'MP4',
  ws: 'WebSocket',
  shmsink: 'shmsink',
  analysis: 'analysis',
};

function kindText({ kind, transport }: SessionView): string {
  return transport === null ? kinds[kind] : `${kinds[kind]} (${transport})`;
}
