/** Plays an H.264 stream that comes as fragments of MP4 over a WebSocket, and stays near its live end. */
import { el } from './dom.js';

export const canPlayMp4 = 'MediaSource' in window;

/** Behind the live end, in seconds: more is made up for by playing faster, much more by a jump. */
const LAG = { comfortable: 0.3, noticed: 0.6, lost: 2 };
const FASTER = 1.1;
/** Of what was played so much is kept. */
const KEPT_SECONDS = 10;

export interface PlayerEvents {
  /** A picture is there. */
  playing(): void;
  /** It has stopped, and can be started again. */
  failed(): void;
  /** This browser does not decode what the stream is. */
  unsupported(): void;
}

export class Mp4Player {
  readonly element: HTMLVideoElement;
  readonly #events: PlayerEvents;
  #playback: Playback | null = null;

  constructor(label: string, events: PlayerEvents) {
    this.#events = events;
    this.element = el('video', { muted: true, autoplay: true, playsinline: true, 'aria-label': label });
    // The attribute alone is only a default.
    this.element.muted = true;
    this.element.onplaying = () => this.#events.playing();
  }

  /** A path on the server that the page came from. */
  play(path: string): void {
    this.stop();
    const end = (event: 'failed' | 'unsupported') => {
      this.stop();
      this.#events[event]();
    };
    this.#playback = new Playback(this.element, path, end);
  }

  stop(): void {
    this.#playback?.stop();
    this.#playback = null;
  }
}

/** One connection and what it brings. */
class Playback {
  readonly #video: HTMLVideoElement;
  readonly #end: (event: 'failed' | 'unsupported') => void;
  readonly #source = new MediaSource();
  readonly #address: string;
  readonly #socket: WebSocket;
  #buffer: SourceBuffer | null = null;
  /** In their order: a text says of what type the bytes behind it are. */
  #waiting: (string | ArrayBuffer)[] = [];

  constructor(video: HTMLVideoElement, path: string, end: (event: 'failed' | 'unsupported') => void) {
    this.#video = video;
    this.#end = end;
    this.#address = URL.createObjectURL(this.#source);
    video.onerror = () => end('failed');
    video.src = this.#address;
    this.#source.onsourceopen = () => this.#feed();
    const address = new URL(path, location.href);
    address.protocol = address.protocol.replace('http', 'ws');
    this.#socket = new WebSocket(address, 'mp4');
    this.#socket.binaryType = 'arraybuffer';
    this.#socket.onclose = () => end('failed');
    this.#socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      this.#waiting.push(data);
      this.#feed();
    };
  }

  stop(): void {
    this.#socket.onclose = null;
    this.#socket.onmessage = null;
    this.#socket.close();
    this.#video.onerror = null;
    this.#video.removeAttribute('src');
    this.#video.load();
    URL.revokeObjectURL(this.#address);
  }

  #feed(): void {
    if (this.#source.readyState !== 'open' || this.#buffer?.updating) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    try {
      if (typeof next === 'string') this.#become(next);
      else this.#buffer?.appendBuffer(next);
    } catch {
      // Full, or spoilt: a new one begins at a key frame.
      this.#end('failed');
    }
  }

  #become(type: string): void {
    if (!MediaSource.isTypeSupported(type)) {
      this.#end('unsupported');
      return;
    }
    if (this.#buffer) this.#buffer.changeType(type);
    else {
      this.#buffer = this.#source.addSourceBuffer(type);
      this.#buffer.onupdateend = () => {
        this.#keepUp();
        this.#feed();
      };
    }
    this.#feed();
  }

  #keepUp(): void {
    const video = this.#video;
    if (this.#source.readyState !== 'open') return;
    const { buffered } = video;
    if (buffered.length === 0) return;
    const end = buffered.end(buffered.length - 1);
    const lag = end - video.currentTime;
    if (lag < 0 || lag > LAG.lost || video.currentTime < buffered.start(0)) {
      video.currentTime = Math.max(buffered.start(buffered.length - 1), end - LAG.comfortable / 2);
    }
    if (lag > LAG.noticed) video.playbackRate = FASTER;
    else if (lag < LAG.comfortable) video.playbackRate = 1;
    const old = video.currentTime - KEPT_SECONDS;
    // Twice as much before it is cut, so that this is done now and then and not for every frame.
    if (old - buffered.start(0) > KEPT_SECONDS && this.#buffer?.updating === false)
      this.#buffer.remove(0, old);
  }
}
