import { type ApiEvent, apiEvent } from '../../src/api/events.js';

/** Server-sent events of an appliance, each checked, in the order in which they came. */
export class ServerEvents implements Disposable {
  readonly all: ApiEvent[] = [];
  readonly #abort = new AbortController();

  private constructor(readonly address: string) {}

  static async open(address: string): Promise<ServerEvents> {
    const events = new ServerEvents(address);
    const response = await fetch(address, { signal: events.#abort.signal });
    if (!response.ok || !response.body) throw new Error(`${address} answers ${response.status}`);
    void events.#read(response.body);
    return events;
  }

  /** Those of one kind. */
  of<E extends ApiEvent['event']>(kind: E): Extract<ApiEvent, { event: E }>[] {
    return this.all.filter((one): one is Extract<ApiEvent, { event: E }> => one.event === kind);
  }

  [Symbol.dispose](): void {
    this.#abort.abort();
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let text = '';
    try {
      for await (const chunk of body) {
        text += decoder.decode(chunk, { stream: true });
        const blocks = text.split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) {
          const data = /^data: (.*)$/m.exec(block)?.[1];
          if (data !== undefined) this.all.push(apiEvent.parse(JSON.parse(data)));
        }
      }
    } catch (error) {
      if (!this.#abort.signal.aborted) throw error;
    }
  }
}
