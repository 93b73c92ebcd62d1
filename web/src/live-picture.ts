/**
 * A camera's picture, live only while somebody can see it: MJPEG keeps a branch
 * of the camera open, so a hidden tab or a card off the screen lets go of it.
 */
import { el, setAttribute, setText } from './dom.js';

/** Browsers open six connections to a host; these must leave some for everything else. */
const MAX_LIVE = 4;
const STILL_MS = 1000;
const RETRY_MS = 2000;

const live = new Set<LivePicture>();

export class LivePicture {
  readonly element = el('div', { class: 'picture' });
  readonly #image = el('img', { alt: '' });
  readonly #note = el('p', { class: 'picture-note' });
  readonly #observer: IntersectionObserver;
  readonly #onVisibility = () => this.#settle();
  #address: string | null | undefined;
  #stillAddress: string | null = null;
  #onScreen = false;
  #mode: 'off' | 'live' | 'still' = 'off';
  #timer: number | undefined;

  constructor(name: string) {
    this.#image.alt = `Live picture of ${name}`;
    this.element.append(this.#image, this.#note);
    this.#image.onload = () => this.#loaded();
    this.#image.onerror = () => this.#failed();
    this.#observer = new IntersectionObserver((entries) => {
      this.#onScreen = entries.some((entry) => entry.isIntersecting);
      this.#settle();
    });
    this.#observer.observe(this.element);
    document.addEventListener('visibilitychange', this.#onVisibility);
  }

  /** Null addresses: the camera has nothing that a browser shows. */
  show(address: string | null, stillAddress: string | null, width: number, height: number): void {
    this.element.style.aspectRatio = `${width} / ${height}`;
    if (address === this.#address) return;
    this.#stop();
    this.#address = address;
    this.#stillAddress = stillAddress;
    setText(
      this.#note,
      address === null
        ? 'No stream is offered as MJPEG here. The streams below have addresses for players and programs.'
        : '',
    );
    this.#settle();
  }

  /** After the server came back: what was open then is no longer. */
  restart(): void {
    this.#stop();
    this.#settle();
  }

  remove(): void {
    this.#observer.disconnect();
    document.removeEventListener('visibilitychange', this.#onVisibility);
    this.#stop();
  }

  #settle(): void {
    const wanted =
      typeof this.#address === 'string' && this.#onScreen && document.visibilityState === 'visible';
    if (!wanted) this.#stop();
    else if (this.#mode === 'off') this.#start();
  }

  #start(): void {
    this.#mode = live.size < MAX_LIVE || this.#stillAddress === null ? 'live' : 'still';
    setAttribute(this.element, 'data-loading', true);
    if (this.#mode === 'live') live.add(this);
    this.#load();
  }

  #load(): void {
    const address = this.#mode === 'live' ? this.#address : this.#stillAddress;
    if (typeof address !== 'string') return;
    const fresh = new URL(address, location.href);
    // A new address each time: browsers share one connection between images of the same address.
    fresh.searchParams.set('t', String(Date.now()));
    if (this.#mode === 'still') fresh.searchParams.set('maxAge', String(STILL_MS));
    this.#image.src = fresh.href;
  }

  #loaded(): void {
    if (this.#mode === 'off') return;
    setAttribute(this.element, 'data-loading', false);
    if (this.#mode === 'still') this.#again(STILL_MS);
  }

  #failed(): void {
    if (this.#mode === 'off') return;
    setAttribute(this.element, 'data-loading', true);
    this.#again(RETRY_MS);
  }

  #again(delayMs: number): void {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#load(), delayMs);
  }

  #stop(): void {
    window.clearTimeout(this.#timer);
    this.#mode = 'off';
    setAttribute(this.element, 'data-loading', false);
    live.delete(this);
    // Closes the connection.
    this.#image.removeAttribute('src');
  }
}
