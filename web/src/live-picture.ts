/**
 * A camera's picture, live only while somebody can see it: it keeps a branch of
 * the camera open, so a hidden tab or a card off the screen lets go of it.
 */
import { el, setAttribute, setText } from './dom.js';
import { canPlayMp4, Mp4Player } from './mp4-player.js';

/** Browsers open six connections to a host; these must leave some for everything else. */
const MAX_LIVE = 4;
const STILL_MS = 1000;
const RETRY_MS = 2000;

const live = new Set<LivePicture>();

/** Paths; null: not offered. */
export interface PictureWays {
  /** H.264 over a WebSocket: it costs the camera no encode of its own. */
  socket: string | null;
  mjpeg: string | null;
  still: string | null;
}

export class LivePicture {
  readonly element = el('div', { class: 'picture' });
  readonly #image = el('img', { alt: '' });
  readonly #note = el('p', { class: 'picture-note' });
  readonly #observer: IntersectionObserver;
  readonly #onVisibility = () => this.#settle();
  readonly #player: Mp4Player;
  #known = '';
  #ways: PictureWays = { socket: null, mjpeg: null, still: null };
  #onScreen = false;
  #mode: 'off' | 'video' | 'live' | 'still' = 'off';
  #timer: number | undefined;

  constructor(name: string) {
    this.#image.alt = `Live picture of ${name}`;
    this.#player = new Mp4Player(this.#image.alt, {
      playing: () => this.#loaded(),
      failed: () => this.#failed(),
      unsupported: () => this.#restartWith({ socket: null }),
    });
    this.element.append(this.#image, this.#player.element, this.#note);
    this.#image.onload = () => this.#loaded();
    this.#image.onerror = () => this.#failed();
    this.#observer = new IntersectionObserver((entries) => {
      this.#onScreen = entries.some((entry) => entry.isIntersecting);
      this.#settle();
    });
    this.#observer.observe(this.element);
    document.addEventListener('visibilitychange', this.#onVisibility);
  }

  show(ways: PictureWays, width: number, height: number): void {
    this.element.style.aspectRatio = `${width} / ${height}`;
    const known = JSON.stringify(ways);
    if (known === this.#known) return;
    this.#known = known;
    this.#restartWith({ ...ways, socket: canPlayMp4 ? ways.socket : null });
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

  get #isOffered(): boolean {
    return Object.values(this.#ways).some((way) => way !== null);
  }

  #restartWith(ways: Partial<PictureWays>): void {
    this.#stop();
    this.#ways = { ...this.#ways, ...ways };
    const nothing =
      'No stream is offered to browsers. The streams below have addresses for players and programs.';
    setText(this.#note, this.#isOffered ? '' : nothing);
    this.#settle();
  }

  #settle(): void {
    const visible = this.#onScreen && document.visibilityState === 'visible';
    if (!visible || !this.#isOffered) this.#stop();
    else if (this.#mode === 'off') this.#start();
  }

  #start(): void {
    const { socket, mjpeg, still } = this.#ways;
    // WebSockets are not among a browser's six connections.
    if (socket !== null) this.#mode = 'video';
    else this.#mode = mjpeg !== null && (live.size < MAX_LIVE || still === null) ? 'live' : 'still';
    setAttribute(this.element, 'data-loading', true);
    setAttribute(this.#image, 'hidden', this.#mode === 'video');
    setAttribute(this.#player.element, 'hidden', this.#mode !== 'video');
    if (this.#mode === 'live') live.add(this);
    this.#load();
  }

  #load(): void {
    const { socket, mjpeg, still } = this.#ways;
    if (this.#mode === 'video' && socket !== null) this.#player.play(socket);
    const address = this.#mode === 'live' ? mjpeg : this.#mode === 'still' ? still : null;
    if (address === null) return;
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
    this.#player.stop();
  }
}
