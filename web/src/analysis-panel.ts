/** What a stream is made of: asked for once a second while it is open, and measured only then. */
import type { AnalysisView, MeasuresView } from '../../dist/src/api/analysis-view.js';
import { analysis, Refusal } from './appliance.js';
import { el, setText } from './dom.js';
import { bits, bytes, count, duration, milliseconds, NONE, plural, rate } from './format.js';
import { Sparkline } from './sparkline.js';

const REFRESH_MS = 1000;

export class AnalysisPanel {
  readonly element: HTMLElement;
  readonly #camera: string;
  readonly #stream: string;
  readonly #spark = new Sparkline();
  readonly #note = el('p', { class: 'source', role: 'status' });
  readonly #facts = el('dl', { class: 'facts' });
  readonly #values = new Map<string, HTMLElement>();
  #timer: number | undefined;
  /** What is asked while it is closed, or was closed since, is not shown. */
  #opened = 0;

  constructor(camera: string, stream: string) {
    this.#camera = camera;
    this.#stream = stream;
    this.element = el('section', { class: 'analysis', 'aria-label': `Analysis of ${camera}/${stream}` });
    this.element.append(this.#facts, this.#note);
  }

  open(): void {
    this.#opened += 1;
    setText(this.#note, 'Measuring …');
    void this.#refresh(this.#opened);
  }

  close(): void {
    this.#opened += 1;
    window.clearTimeout(this.#timer);
  }

  async #refresh(opened: number): Promise<void> {
    if (document.visibilityState === 'visible') {
      try {
        const view = await analysis(this.#camera, this.#stream);
        if (opened === this.#opened) this.#show(view);
      } catch (error) {
        const words = error instanceof Refusal ? error.problem.detail : 'The appliance does not answer';
        if (opened === this.#opened) setText(this.#note, words);
      }
    }
    // A stream or a camera that goes takes its panel with it.
    if (opened !== this.#opened || !this.element.isConnected) return;
    this.#timer = window.setTimeout(() => void this.#refresh(opened), REFRESH_MS);
  }

  #show({ window: last, total, series, format, signal, trouble }: AnalysisView): void {
    this.#spark.show(series.bitrateBps);
    this.#set('Bitrate', bits(last.bitrateBps), this.#spark.element);
    this.#set('Frames / s', `${last.framerate.toFixed(1)} of ${rate(format?.framerate ?? 0)}`);
    this.#set('Key frames every', keyFramesText(last));
    this.#set('Frames', framesText(last));
    this.#set('Frame size', `${bytes(last.frameBytes.all.mean)}, up to ${bytes(last.frameBytes.all.max)}`);
    this.#set('Jitter of capture', milliseconds(last.captureIntervalMs.deviation));
    this.#set('Jitter of arrival', milliseconds(last.arrivalIntervalMs.deviation));
    this.#set('Latency', `${milliseconds(last.latencyMs.mean)}, up to ${milliseconds(last.latencyMs.max)}`);
    this.#set('Longest gap', milliseconds(last.gaps.longestMs));
    this.#set('Missing', count(total.gaps.missedFrames));
    this.#set('Slates', count(total.slates));
    this.#set('Damaged', count(total.errors));
    if (format?.profile) this.#set('H.264', `${format.profile}, level ${format.level}`);
    if (signal?.brightness != null) this.#set('Brightness', `${Math.round(signal.brightness * 100)} %`);
    if (signal?.exposureUs != null) this.#set('Exposure', milliseconds(signal.exposureUs / 1000));
    const since = `${duration(total.seconds * 1000)}: ${plural(total.frameBytes.all.count, 'frame')}`;
    setText(this.#note, trouble?.reason ?? `The last ${plural(last.seconds, 'second')} of ${since}`);
  }

  #set(label: string, text: string, ...more: Element[]): void {
    let value = this.#values.get(label);
    if (!value) {
      value = el('span', { class: 'fact-value' });
      this.#values.set(label, value);
      const fact = el('div', { class: 'fact' }, el('dt', {}, label), el('dd', {}, value, ...more));
      this.#facts.append(fact);
    }
    setText(value, text);
  }
}

function keyFramesText({ keyFrameInterval, frameBytes }: MeasuresView): string {
  if (frameBytes.delta.count === 0 && frameBytes.key.count > 0) return 'each is one';
  const { last } = keyFrameInterval.frames;
  return last === null ? NONE : `${plural(last, 'frame')}, ${milliseconds(keyFrameInterval.ms.last)}`;
}

/** As the slices say where they do. */
function framesText({ frameBytes: { key, delta, i, p, b } }: MeasuresView): string {
  const all = i.count + p.count + b.count > 0 ? { I: i, P: p, B: b } : { key, delta };
  const parts = Object.entries(all).map(([name, { count: frames }]) => `${count(frames)} ${name}`);
  return parts.filter((part) => !part.startsWith('0 ')).join(', ') || NONE;
}
