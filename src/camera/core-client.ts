import type { ZodType } from 'zod';
import { type Clock, type Timer, withDeadline } from '../base/clock.js';
import { messageOf, TeecamError } from '../base/error.js';
import type { Log } from '../base/log.js';
import type { Carrier, StartCarrier } from './carrier.js';
import {
  type Command,
  type CommandType,
  type CoreEvent,
  controlsRead,
  event as eventSchema,
  PROTOCOL_VERSION,
  probed,
  type Results,
  reply as replySchema,
} from './messages.js';

/** Of commands that are answered with more than that they are done. */
const replies: Partial<Record<CommandType, ZodType>> = {
  probe: probed,
  'probe-plan': probed,
  controls: controlsRead,
  'set-controls': controlsRead,
};

/** Only a driver that hangs in the kernel keeps a process longer that was killed, or said that it ends. */
const lingerMs = 3_000;
/** The whole appliance ends within 5 s. */
const closingLingerMs = 500;

export interface CoreClientOptions {
  start: StartCarrier;
  clock: Clock;
  log: Log;
  /** Every event, in the order sent, replies in between. */
  onEvent(event: CoreEvent): void;
  /** Exactly once, nothing follows. */
  onEnd(how: string): void;
}

interface Waiting {
  command: CommandType;
  resolve(value: Record<string, unknown>): void;
  reject(error: TeecamError): void;
  timer: Timer;
}

/** One camera core as promises and events: ids, deadlines, and a look at everything that comes in. */
export class CoreClient {
  readonly #options: CoreClientOptions;
  readonly #waiting = new Map<number, Waiting>();
  readonly #carrier: Carrier;
  readonly #ended: Promise<void>;
  #lastId = 0;
  #linger: Timer | null = null;
  #over = false;

  constructor(options: CoreClientOptions) {
    this.#options = options;
    let ended: () => void = () => {};
    this.#ended = new Promise((resolve) => {
      ended = resolve;
    });
    this.#carrier = options.start({
      onMessage: (json) => this.#receive(json),
      onEnd: (how) => {
        this.#carrierEnded(how);
        ended();
      },
    });
  }

  get pid(): number | null {
    return this.#carrier.pid;
  }

  /**
   * Rejects with `refused` (details.coreCode has the core's own code), `timeout`,
   * `bad-message`, or `closed` when the core has ended.
   */
  request<C extends Command>(command: C, timeoutMs: number): Promise<Results[C['type']]> {
    if (this.#over) return Promise.reject(this.#closed());
    const id = ++this.#lastId;
    const answer = new Promise<Record<string, unknown>>((resolve, reject) => {
      const timer = this.#options.clock.after(timeoutMs, () => {
        this.#waiting.delete(id);
        reject(
          new TeecamError('timeout', `the camera core has not answered ${command.type} for ${timeoutMs} ms`),
        );
      });
      this.#waiting.set(id, { command: command.type, resolve, reject, timer });
    });
    this.#carrier.send(JSON.stringify({ ...command, id }));
    return answer as Promise<Results[C['type']]>;
  }

  /** Asks it to stop, kills it when it has not ended by the deadline. Resolves when it is gone. */
  async close(deadlineMs: number): Promise<void> {
    if (!this.#over) this.#carrier.send(JSON.stringify({ type: 'stop', id: ++this.#lastId }));
    const late = () => new TeecamError('timeout', '');
    await withDeadline(this.#ended, deadlineMs, late, this.#options.clock).catch(() => {
      this.#options.log.warn({ deadlineMs }, 'the camera core does not stop; it is ended by force');
      this.#carrier.kill();
      this.#expectEnd(closingLingerMs);
    });
    await this.#ended;
  }

  /** Ends it at once, as a crash would. */
  kill(): void {
    this.#carrier.kill();
    this.#expectEnd(lingerMs);
  }

  #expectEnd(withinMs: number): void {
    if (this.#over) return;
    this.#linger?.cancel();
    this.#linger = this.#options.clock.after(withinMs, () => {
      this.#carrier.kill(); // one that said that it ends may hang where a signal does reach it
      this.#carrier.abandon();
    });
  }

  #receive(json: string): void {
    if (this.#over) return;
    try {
      const message: unknown = JSON.parse(json);
      if (typeof message === 'object' && message !== null && 'reply' in message) this.#reply(message);
      else this.#event(eventSchema.parse(message));
    } catch (error) {
      // What it says cannot be trusted any more; its successor may do better.
      this.#options.log.error({ err: error, json: json.slice(0, 500) }, 'the camera core sent nonsense');
      this.kill();
    }
  }

  #reply(message: object): void {
    const reply = replySchema.parse(message);
    const waiting = this.#waiting.get(reply.reply);
    if (!waiting) return; // too late: its request has already timed out
    this.#waiting.delete(reply.reply);
    waiting.timer.cancel();
    if (!reply.ok) {
      const { code, message: said } = reply.error;
      waiting.reject(
        new TeecamError('refused', said, { details: { coreCode: code, command: waiting.command } }),
      );
      return;
    }
    const value = replies[waiting.command]?.safeParse(reply.value);
    if (value?.success === false) {
      waiting.reject(new TeecamError('bad-message', `reply to ${waiting.command}: ${value.error.message}`));
    } else {
      waiting.resolve(reply.value);
    }
  }

  #event(event: CoreEvent): void {
    if (event.event === 'ready' && event.protocol !== PROTOCOL_VERSION) {
      throw new TeecamError(
        'bad-message',
        `the camera core speaks protocol ${event.protocol}, this program ${PROTOCOL_VERSION}: build it again`,
      );
    }
    this.#guarded(() => this.#options.onEvent(event));
    if (event.event !== 'stopped') return;
    // A worker ends by itself after its last message; in process somebody must let go of the core.
    if (this.#carrier.pid === null) this.#carrier.kill();
    this.#expectEnd(lingerMs);
  }

  #carrierEnded(how: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#linger?.cancel();
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { timer, reject } of waiting) {
      timer.cancel();
      reject(this.#closed());
    }
    this.#guarded(() => this.#options.onEnd(how));
  }

  /** A listener that throws is a fault of its own, not of the channel. */
  #guarded(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#options.log.error({ err: error }, `a listener of a camera core threw: ${messageOf(error)}`);
    }
  }

  #closed(): TeecamError {
    return new TeecamError('closed', 'the camera core has ended');
  }
}
