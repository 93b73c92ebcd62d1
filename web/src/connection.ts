/** The event feed over a WebSocket, which comes back by itself. */
import type { ApiEvent } from '../../dist/src/api/events.js';

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;
/** The feed says something once a second; silence means that the network is gone without a word. */
const SILENCE_MS = 6000;

export interface ConnectionListener {
  event(event: ApiEvent): void;
  online(): void;
  /** `retryMs`: when the next try will be. */
  offline(retryMs: number): void;
}

export class Connection {
  readonly #listener: ConnectionListener;
  #socket: WebSocket | null = null;
  #retryMs = FIRST_RETRY_MS;
  #retry: number | undefined;
  #silence: number | undefined;

  constructor(listener: ConnectionListener) {
    this.#listener = listener;
    window.addEventListener('online', () => this.retryNow());
  }

  open(): void {
    const address = new URL('/api/v1/events', location.href);
    address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(address);
    this.#socket = socket;
    this.#watch(socket);
    socket.onmessage = ({ data }) => {
      this.#watch(socket);
      if (this.#retryMs !== 0) {
        this.#retryMs = 0;
        this.#listener.online();
      }
      this.#listener.event(JSON.parse(String(data)) as ApiEvent);
    };
    socket.onclose = () => this.#lost(socket);
  }

  retryNow(): void {
    if (this.#retry === undefined) return;
    window.clearTimeout(this.#retry);
    this.#retry = undefined;
    this.open();
  }

  #watch(socket: WebSocket): void {
    window.clearTimeout(this.#silence);
    this.#silence = window.setTimeout(() => this.#lost(socket), SILENCE_MS);
  }

  #lost(socket: WebSocket): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    window.clearTimeout(this.#silence);
    socket.close();
    this.#retryMs = Math.min(Math.max(this.#retryMs * 2, FIRST_RETRY_MS), LONGEST_RETRY_MS);
    // Apart by chance, so that a wall of pages does not come back in one instant.
    const retryMs = Math.round(this.#retryMs * (0.75 + Math.random() / 2));
    this.#retry = window.setTimeout(() => this.retryNow(), retryMs);
    this.#listener.offline(retryMs);
  }
}
