/** A camera: its picture, how it is, and its streams. */
import type { ControlView } from '../../dist/src/api/control-views.js';
import type { CameraView, StreamView } from '../../dist/src/api/views.js';
import { addStream, changeCamera } from './changes.js';
import { ControlsPanel } from './controls-panel.js';
import { button, el, KeyedList, setAttribute, setText } from './dom.js';
import { count, duration, milliseconds, NONE, rate } from './format.js';
import { LivePicture } from './live-picture.js';
import { shownStream } from './shown-stream.js';
import { Sparkline } from './sparkline.js';
import { columns, StreamRow } from './stream-row.js';
import { stateWords, troubleOf } from './words.js';

export class CameraCard {
  readonly element: HTMLElement;
  readonly #picture: LivePicture;
  readonly #expanded: boolean;
  /** As it was told last. */
  #camera: CameraView;
  readonly #state = el('span', { class: 'state' });
  readonly #since = el('span', { class: 'since' });
  readonly #health = el('span', { class: 'health' });
  readonly #source = el('p', { class: 'source' });
  readonly #trouble = el('p', { class: 'trouble-title' });
  readonly #detail = el('p', { class: 'trouble-detail' });
  readonly #troubleBox = el('div', { class: 'trouble', role: 'status' }, this.#trouble, this.#detail);
  readonly #numbers = new Map<string, HTMLElement>();
  readonly #spark = new Sparkline();
  readonly #controls: ControlsPanel;
  readonly #streams: KeyedList<StreamView, StreamRow>;

  /** `expanded`: the first stream's addresses are open, to show that they are there. */
  constructor(camera: CameraView, expanded: boolean) {
    this.#expanded = expanded;
    this.#camera = camera;
    const titleId = `camera-${camera.name}`;
    this.#picture = new LivePicture(camera.name);
    this.#controls = new ControlsPanel(camera.name);
    this.#picture.element.append(el('div', { class: 'picture-top' }, this.#state, this.#health));
    const table = el('table', { class: 'streams', 'aria-label': `Streams of ${camera.name}` });
    const heads = columns.map((column) => el('th', { scope: 'col' }, column));
    table.append(el('thead', {}, el('tr', {}, ...heads)));
    const bodies = el('div', { class: 'streams-box' }, table, this.#streamButtons());
    this.#streams = new KeyedList(table);
    const facts = el(
      'dl',
      { class: 'facts' },
      this.#fact('Source rate', this.#spark.element),
      this.#fact('Frame age'),
      this.#fact('Readers'),
      this.#fact('Restarts'),
      this.#fact('Captured'),
      this.#fact('Dropped'),
      this.#fact('Slates'),
    );
    const about = el(
      'div',
      { class: 'about' },
      el('div', { class: 'title' }, el('h2', { id: titleId }, camera.name), this.#since),
      this.#source,
      this.#troubleBox,
      facts,
      this.#buttons(),
    );
    this.element = el(
      'article',
      { class: 'camera', 'aria-labelledby': titleId },
      el('div', { class: 'camera-top' }, this.#picture.element, about),
      this.#controls.element,
      bodies,
    );
  }

  update(camera: CameraView): void {
    // Another state may mean that there is a device now, or none any more.
    if (this.#controls.shown && camera.state !== this.#camera.state) void this.#controls.look();
    this.#camera = camera;
    setText(this.#state, stateWords[camera.state]);
    setAttribute(this.element, 'data-state', camera.state);
    setText(this.#health, camera.health);
    setAttribute(this.#health, 'hidden', camera.health === 'healthy');
    setText(
      this.#since,
      `${stateWords[camera.state]} for ${duration(Date.now() - Date.parse(camera.since))}`,
    );
    setText(this.#source, sourceText(camera));
    const trouble = troubleOf(camera);
    setText(this.#trouble, trouble);
    setText(this.#detail, camera.detail);
    setAttribute(this.#troubleBox, 'hidden', trouble === '');
    this.#showNumbers(camera);
    this.#showPicture(camera);
    const first = this.#expanded ? camera.streams[0]?.name : undefined;
    this.#streams.update(
      camera.streams,
      (stream) => stream.name,
      (stream) => new StreamRow(camera.name, stream, stream.name === first),
    );
  }

  /** Once a second. */
  sample(camera: CameraView): void {
    this.#spark.add(camera.source.measuredFramerate);
  }

  showControls(controls: readonly ControlView[]): void {
    this.#controls.update(controls);
  }

  restart(): void {
    this.#picture.restart();
  }

  remove(): void {
    this.#picture.remove();
  }

  #showNumbers(camera: CameraView): void {
    const ages = camera.streams.map((stream) => stream.ageMs).filter((age) => age !== null);
    const readers = camera.streams.flatMap((stream) => Object.values(stream.readers));
    const nominal = camera.source.framerate === null ? '' : ` / ${rate(camera.source.framerate)}`;
    this.#set('Source rate', `${rate(camera.source.measuredFramerate)}${nominal} fps`);
    this.#set('Frame age', ages.length === 0 ? NONE : milliseconds(Math.min(...ages)));
    this.#set('Readers', count(readers.reduce((sum, one) => sum + one, 0)));
    this.#set('Captured', count(camera.captured));
    this.#set('Dropped', count(camera.dropped + camera.streams.reduce((sum, one) => sum + one.dropped, 0)));
    this.#set('Slates', count(camera.slates));
    this.#set('Restarts', count(camera.restarts));
  }

  #showPicture(camera: CameraView): void {
    const stream = shownStream(camera);
    const { width, height } = stream ?? { width: 16, height: 9 };
    // By path, so that it comes from where the page came from, whatever the host says of itself.
    const path = `/${camera.name}/${stream?.name}`;
    const { ws, mjpeg, picture } = stream?.addresses ?? { ws: null, mjpeg: null, picture: null };
    const ways = {
      socket: stream?.codec === 'h264' && ws !== null ? `${path}/ws` : null,
      mjpeg: mjpeg === null ? null : `${path}.mjpg`,
      still: picture === null ? null : `${path}.jpg`,
    };
    this.#picture.show(ways, width, height);
  }

  #buttons(): HTMLElement {
    const { name } = this.#camera;
    const settings = button('Settings', `Settings of ${name}`, () => changeCamera(this.#camera));
    const controls = button('Controls', `Controls of ${name}`, () => {
      this.#controls.toggle();
      setAttribute(controls, 'aria-expanded', String(this.#controls.shown));
    });
    setAttribute(controls, 'aria-expanded', 'false');
    return el('div', { class: 'card-buttons' }, settings, controls, graphLink(name));
  }

  #streamButtons(): HTMLElement {
    const { name } = this.#camera;
    const add = button('Add stream', `Add a stream to ${name}`, () => addStream(name));
    return el('div', { class: 'stream-buttons' }, add);
  }

  #fact(label: string, ...more: Element[]): HTMLElement {
    const value = el('span', { class: 'fact-value' });
    this.#numbers.set(label, value);
    return el('div', { class: 'fact' }, el('dt', {}, label), el('dd', {}, value, ...more));
  }

  #set(label: string, text: string): void {
    const element = this.#numbers.get(label);
    if (element) setText(element, text);
  }
}

function graphLink(camera: string): HTMLElement {
  return el(
    'a',
    {
      class: 'button',
      href: `/api/v1/cameras/${camera}/graph.svg`,
      target: '_blank',
      rel: 'noreferrer',
      'aria-label': `Graph of ${camera}, with measured rates`,
    },
    'Graph',
  );
}

function sourceText({ source }: CameraView): string {
  const size = source.width === null ? '' : ` · ${source.width}\u00a0×\u00a0${source.height}`;
  return `${source.uri}${size}`;
}
