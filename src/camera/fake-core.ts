import type { Carrier, CarrierEnds, StartCarrier } from './carrier.js';
import { type CoreEvent, PROTOCOL_VERSION, type SentCommand } from './messages.js';

/** For tests: a core that answers every command with success, unless told otherwise. */
export class FakeCore implements Carrier {
  readonly pid = 1;
  readonly received: SentCommand[] = [];
  unkillable = false;
  readonly #ends: CarrierEnds;
  readonly #answers: Answers;
  #over = false;

  constructor(ends: CarrierEnds, answers: Answers) {
    this.#ends = ends;
    this.#answers = answers;
    queueMicrotask(() => {
      if (!answers.silent) this.say(ready);
    });
  }

  get over(): boolean {
    return this.#over;
  }

  send(json: string): void {
    const command = JSON.parse(json) as SentCommand;
    this.received.push(command);
    if (this.#over || this.#answers.silent) return;
    queueMicrotask(() => {
      const answer = this.#answers.answer?.(command, this) ?? {};
      if (answer === 'never' || this.#over) return;
      if ('code' in answer) this.#tell({ reply: command.id, ok: false, error: answer });
      else this.#tell({ reply: command.id, ok: true, value: answer });
      if (command.type !== 'stop') return;
      this.say({ event: 'stopped' });
      this.die('ended with code 0');
    });
  }

  say(event: CoreEvent): void {
    this.#tell(event);
  }

  /** What it says goes out as it is. */
  sayText(text: string): void {
    this.#ends.onMessage(text);
  }

  die(how = 'was ended by SIGSEGV'): void {
    if (this.#over) return;
    this.#over = true;
    this.#ends.onEnd(how);
  }

  kill(): void {
    if (!this.unkillable) queueMicrotask(() => this.die('was ended by SIGKILL'));
  }

  abandon(): void {
    this.die('cannot be ended');
  }

  /** Commands of one type that it got. */
  commands(type: SentCommand['type']): SentCommand[] {
    return this.received.filter((command) => command.type === type);
  }

  #tell(message: unknown): void {
    if (!this.#over) this.#ends.onMessage(JSON.stringify(message));
  }
}

type Answer = { code: string; message: string } | Record<string, never> | { formats: never[] } | 'never';

interface Answers {
  /** Says and answers nothing at all. */
  silent: boolean;
  answer?: ((command: SentCommand, core: FakeCore) => Answer | undefined) | undefined;
}

const ready: CoreEvent = {
  event: 'ready',
  protocol: PROTOCOL_VERSION,
  gstreamer: '1.22.0',
  commands: [],
  events: [],
};

/** For tests: starts fake cores and remembers them. */
export class FakeCores implements Answers {
  readonly all: FakeCore[] = [];
  silent = false;
  answer: Answers['answer'];

  readonly start: StartCarrier = (ends) => {
    const core = new FakeCore(ends, this);
    this.all.push(core);
    return core;
  };

  get last(): FakeCore {
    const last = this.all.at(-1);
    if (!last) throw new Error('no core was started');
    return last;
  }
}
