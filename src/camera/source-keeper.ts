import type { Clock, Timer } from '../base/clock.js';
import type { SourcePlan } from '../plan/graph.js';
import { Backoff } from './backoff.js';
import { type Fault, faultOf } from './fault.js';
import type { StateEvent } from './messages.js';
import type { Retry } from './retry.js';

const retryDelaysMs = [500, 1000, 2000, 5000, 10000] as const;
/** Asking for the signal opens nothing but the node. */
const signalRetryMs = 1000;
/** A source that gave pictures for so long has earned a quick retry again. */
const provenMs = 10_000;
/** No first frame by then: the next of the list gets its turn. */
const firstFrameMs = 10_000;
/** A source that falters may go on by itself; after this long it is opened anew. */
const stallPatienceMs = 5_000;

export interface SourceKeeperOptions {
  /** Tried in order, again from the first when none works. */
  uris: readonly string[];
  clock: Clock;
  /** Both reject with what `faultOf` understands. */
  plan(uri: string): Promise<SourcePlan>;
  switchTo(source: SourcePlan): Promise<void>;
  /** `retry` null: others of the list come first, or there is nothing more to try. */
  onFault(fault: Fault, retry: Retry | null): void;
}

type Phase =
  | 'off' // there is no core that could be asked
  | 'planning'
  | 'opening' // the core has been asked; from here on its slate is the outcome
  | 'live'
  | 'asleep' // the core opens the source when somebody reads
  | 'held-up' // the core opens the source when its driver lets go of what was open before
  | 'waiting' // until the next try
  | 'ended'; // nothing more to play

/** Decides which source a camera uses and when it is tried again. */
export class SourceKeeper {
  readonly #options: SourceKeeperOptions;
  #uris: readonly string[];
  readonly #backoff = new Backoff(retryDelaysMs);
  #phase: Phase = 'off';
  #index = 0;
  /** Counts up with every try, so that a late answer to an older one changes nothing. */
  #attempt = 0;
  #timer: Timer | null = null;
  /** It has been live: when it is not there any more, it is gone. */
  #wasLive = false;

  constructor(options: SourceKeeperOptions) {
    this.#options = options;
    this.#uris = options.uris;
  }

  /** The source in use, or being tried. */
  get uri(): string {
    return this.#uris[this.#index] ?? '';
  }

  /** Whether it is another one than the first of the list. */
  get isFallback(): boolean {
    return this.#index > 0;
  }

  /** A core is up and may be asked. */
  begin(): void {
    this.#try(0);
  }

  /** Other sources from now on; tried at once if there is a core that may be asked. */
  replace(uris: readonly string[]): void {
    this.#uris = uris;
    this.#index = 0;
    this.#wasLive = false;
    this.#backoff.reset();
    if (this.#phase !== 'off') this.#try(0);
  }

  /** No core to ask, or none that should be asked. */
  suspend(): void {
    this.#enter('off');
  }

  /** Something appeared in /dev or went away. */
  devicesChanged(): void {
    const concerned = this.#uris.some((uri) => /^(auto$|v4l2:|libcamera\b)/.test(uri));
    // A camera that sleeps is not missed when it goes, unless it is looked for.
    const idle: readonly Phase[] = ['waiting', 'asleep', 'held-up'];
    if (!idle.includes(this.#phase) || !concerned) return;
    // A node is there before its rights are, and before udev has let go of it.
    this.#backoff.reset();
    this.#try(0);
  }

  /** The core says what it shows. Returns whether that was a failure, which `onFault` was told. */
  coreSays(event: StateEvent): boolean {
    const followed: readonly Phase[] = ['opening', 'live', 'asleep', 'held-up'];
    if (!followed.includes(this.#phase)) return false;
    if (event.state === 'asleep') {
      this.#enter('asleep');
    } else if (event.state === 'starting') {
      if (this.#phase === 'asleep' || this.#phase === 'held-up') this.#awaitFirstFrame();
    } else if (event.state === 'live') {
      this.#wasLive = true;
      this.#enter('live', provenMs, () => this.#backoff.reset());
    } else if (event.state === 'slate' && event.reason === 'no-key-frame') {
      this.#enter('opening'); // it comes by itself, however late
    } else if (event.state === 'slate' && event.reason === 'wedged' && this.#isLast) {
      this.#enter('held-up');
    } else if (event.state === 'slate' && this.#mayGoOn(event)) {
      // While it is being opened, the first frame has its own time limit.
      const unlimited = this.#phase === 'opening' && this.#timer === null;
      if (this.#phase === 'live' || unlimited) this.#enter('opening', stallPatienceMs, () => this.#try(0));
    } else if (event.state === 'slate' && event.reason !== null) {
      this.#failed({ reason: event.reason, detail: event.detail });
      return true;
    }
    return false;
  }

  /** It is still open; frames that were broken for a while may be whole again. */
  #mayGoOn({ reason }: StateEvent): boolean {
    return reason === 'stalled' || (reason === 'corrupt' && this.#phase === 'live');
  }

  get #isLast(): boolean {
    return this.#index + 1 >= this.#uris.length;
  }

  #try(index: number): void {
    this.#index = index;
    this.#enter('planning');
    const attempt = this.#attempt;
    void this.#open(this.uri, () => attempt === this.#attempt);
  }

  /** Each step goes on only while the try is still the one that counts. */
  async #open(uri: string, counts: () => boolean): Promise<void> {
    try {
      const source = await this.#options.plan(uri);
      if (!counts()) return;
      this.#phase = 'opening';
      await this.#options.switchTo(source);
      if (!counts()) return;
    } catch (error) {
      if (counts()) this.#failed(faultOf(error));
      return;
    }
    this.#awaitFirstFrame();
  }

  #awaitFirstFrame(): void {
    const detail = `no picture within ${firstFrameMs / 1000} s`;
    this.#enter('opening', firstFrameMs, () => this.#failed({ reason: 'stalled', detail }));
  }

  #failed({ reason, detail }: Fault): void {
    const { onFault } = this.#options;
    const fault: Fault = { reason: reason === 'no-device' && this.#wasLive ? 'gone' : reason, detail };
    if (!this.#isLast) {
      onFault(fault, null);
      this.#try(this.#index + 1);
    } else if (fault.reason === 'ended') {
      onFault(fault, null);
      this.#enter('ended');
    } else {
      const retry = this.#nextTry(fault);
      onFault(fault, retry);
      this.#enter('waiting', retry.inMs, () => this.#try(0));
    }
  }

  #nextTry({ reason }: Fault): Retry {
    if (reason === 'no-signal') return { inMs: signalRetryMs, repeats: true };
    const inMs = this.#backoff.next();
    return { inMs, repeats: this.#backoff.atLongest };
  }

  #enter(phase: Phase, afterMs?: number, then?: () => void): void {
    this.#phase = phase;
    this.#attempt += 1;
    this.#timer?.cancel();
    this.#timer = afterMs === undefined || !then ? null : this.#options.clock.after(afterMs, then);
  }
}
