/** A stream in its camera's table: a line of numbers, and below it, when opened, its analysis and its addresses. */
import type { StreamView } from '../../dist/src/api/views.js';
import { addressesOf, addressLine } from './addresses.js';
import { AnalysisPanel } from './analysis-panel.js';
import { changeStream } from './changes.js';
import { button, el, setAttribute, setText } from './dom.js';
import { bits, milliseconds, NONE, rate } from './format.js';
import { RowDetail } from './row-detail.js';
import { codecWords } from './words.js';

const readerWords: Readonly<Record<keyof StreamView['readers'], string>> = {
  rtsp: 'RTSP',
  mjpeg: 'MJPEG',
  ts: 'MPEG-TS',
  mp4: 'MP4',
  ws: 'WebSocket',
  inProcess: 'in process',
  shmsink: 'shmsink',
  ring: 'ring',
};

export const columns = [
  'Stream',
  'Size',
  'Frames / s',
  'Bitrate',
  'Latency',
  'Readers',
  'State',
  '',
] as const;

export class StreamRow {
  readonly element = el('tbody', { class: 'stream' });
  readonly #camera: string;
  readonly #name = el('span', { class: 'stream-name' });
  readonly #codec = el('span', { class: 'codec' });
  readonly #cells = new Map(columns.map((column) => [column, el('td', { 'data-label': column })]));
  readonly #open = el('span', { class: 'branch' });
  readonly #lowered = el('span', { class: 'lowered' }, 'Lowered');
  readonly #addresses = el('dl', { class: 'addresses' });
  #known = '';
  /** As it was told last. */
  #stream: StreamView;

  constructor(camera: string, stream: StreamView, expanded: boolean) {
    this.#camera = camera;
    this.#stream = stream;
    const { name } = stream;
    const place = `${camera}-${name}`;
    const addresses = new RowDetail(
      { id: `addresses-${place}`, words: 'Addresses', name: `Addresses of ${name}`, columns: columns.length },
      this.#addresses,
    );
    const panel = new AnalysisPanel(camera, name);
    const analysis = new RowDetail(
      { id: `analysis-${place}`, words: 'Analysis', name: `Analysis of ${name}`, columns: columns.length },
      panel.element,
      (open) => (open ? panel.open() : panel.close()),
    );
    this.#cell('Stream').append(this.#name, this.#codec);
    this.#cell('State').append(this.#open, this.#lowered);
    const settings = button('Settings', `Settings of ${camera}/${name}`, () =>
      changeStream(this.#camera, this.#stream),
    );
    this.#cell('').append(el('div', { class: 'row-buttons' }, settings, analysis.toggle, addresses.toggle));
    const numbers = el('tr', { class: 'numbers' }, ...this.#cells.values());
    this.element.append(numbers, analysis.element, addresses.element);
    addresses.open(expanded);
  }

  update(stream: StreamView): void {
    this.#stream = stream;
    setText(this.#name, stream.name);
    const word = stream.codec === 'raw' ? (stream.format ?? 'Raw') : codecWords[stream.codec];
    setText(this.#codec, stream.passesThrough ? `${word}, passed through` : word);
    setAttribute(this.#codec, 'data-codec', stream.codec);
    this.#set('Size', `${stream.width} × ${stream.height}`);
    this.#set(
      'Frames / s',
      stream.open
        ? `${rate(stream.measuredFramerate)} / ${rate(stream.framerate)}`
        : `${NONE} / ${rate(stream.framerate)}`,
    );
    this.#set('Bitrate', stream.open ? bits(stream.bitrateBps) : NONE);
    this.#set('Latency', stream.open ? milliseconds(stream.latencyMs) : NONE);
    this.#set('Readers', readersText(stream.readers));
    this.#showState(stream);
    this.#showLoad(stream);
    this.#showAddresses(stream);
  }

  #showState({ open, jpeg }: StreamView): void {
    const asJpeg = jpeg?.open === true;
    setText(this.#open, open ? 'Open' : asJpeg ? 'As JPEG' : 'Asleep');
    setAttribute(this.#open, 'data-open', String(open || asJpeg));
    this.#cell('State').title = open
      ? 'The branch runs'
      : asJpeg
        ? 'Only its JPEG branch runs, for MJPEG and pictures'
        : 'Nobody reads it, so nothing is encoded';
  }

  #showLoad({ load }: StreamView): void {
    this.#lowered.hidden = load === null;
    if (!load) return;
    const { width, height, framerate } = load.full;
    const since = new Date(load.since).toLocaleTimeString();
    this.#lowered.title = `The machine cannot keep up: ${load.reason}. Lowered from ${width} × ${height} at ${rate(framerate)}, the last time at ${since}`;
  }

  #showAddresses(stream: StreamView): void {
    const known = JSON.stringify(stream.addresses);
    if (known === this.#known) return;
    this.#known = known;
    this.#addresses.replaceChildren(...addressesOf(this.#camera, stream).map(addressLine));
  }

  #set(column: (typeof columns)[number], text: string): void {
    setText(this.#cell(column), text);
  }

  #cell(column: (typeof columns)[number]): HTMLElement {
    const cell = this.#cells.get(column);
    if (!cell) throw new Error(`there is no column ${column}`);
    return cell;
  }
}

function readersText(readers: StreamView['readers']): string {
  const kinds = Object.keys(readerWords) as (keyof typeof readerWords)[];
  const parts = kinds
    .filter((kind) => readers[kind] > 0)
    .map((kind) => `${readers[kind]} ${readerWords[kind]}`);
  return parts.join(', ') || NONE;
}
