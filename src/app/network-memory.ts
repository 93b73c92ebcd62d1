import { faultOf } from '../camera/fault.js';
import type { SourceEvent } from '../camera/messages.js';
import type { Probe } from '../camera/probe.js';
import type { OfferedFormat } from '../plan/capture-format.js';
import { httpProbe, type RtspTransport, rtspProbe, rtspTransports } from '../plan/network-source.js';
import type { CameraProfile } from '../profile/profile.js';
import type { NetworkSource } from '../profile/source.js';

/** What a camera of the network delivers, and how by RTSP. */
export interface NetworkFormats {
  /** Null: nothing that can be passed on as it is. */
  formats: readonly OfferedFormat[] | null;
  transport?: RtspTransport;
}

interface Memory extends NetworkFormats {
  /** A source has been planned with it, and has not shown yet that it is so. */
  unconfirmed: boolean;
}

/**
 * What cameras of the network were found to deliver. Asking one takes a
 * connection of its own, of which many cameras have few: so it is asked once,
 * and whatever is opened later shows whether the answer is still right.
 */
export class NetworkMemory {
  /** By what the profile says of the source. */
  readonly #known = new Map<string, Memory>();

  /** Rejects as `probe` does. */
  async find(
    source: NetworkSource,
    capture: CameraProfile['capture'],
    probe: Probe,
  ): Promise<NetworkFormats> {
    const known = this.#known.get(source.text);
    if (known) {
      known.unconfirmed = true;
      return known;
    }
    const found = await (source.kind === 'http' ? askHttp(source, capture, probe) : askRtsp(source, probe));
    this.#known.set(source.text, { ...found, unconfirmed: false });
    return found;
  }

  /** False where a source that was planned from memory gives something else, which is then forgotten. */
  confirms(text: string, { width, height }: Pick<SourceEvent, 'width' | 'height'>): boolean {
    const known = this.#known.get(text);
    if (!known?.unconfirmed) return true;
    known.unconfirmed = false;
    if (!known.formats || known.formats.some((one) => one.width === width && one.height === height))
      return true;
    this.forget(text);
    return false;
  }

  forget(text: string): void {
    this.#known.delete(text);
  }
}

async function askHttp(
  source: NetworkSource,
  capture: CameraProfile['capture'],
  probe: Probe,
): Promise<NetworkFormats> {
  return { formats: some(await probe({ kind: 'plan', plan: httpProbe(source, capture) })) };
}

async function askRtsp(source: NetworkSource, probe: Probe): Promise<NetworkFormats> {
  let refusal: unknown;
  for (const transport of rtspTransports) {
    try {
      const formats = some(await probe({ kind: 'plan', plan: rtspProbe(source, transport) }));
      return { formats, transport };
    } catch (error) {
      refusal ??= error;
      // What is wrong with the way is told in many words, but never as one of a camera that is away or wants a password.
      if (!['format-refused', 'failed'].includes(faultOf(error).reason)) break;
    }
  }
  throw refusal;
}

function some<Format>(formats: readonly Format[]): readonly Format[] | null {
  return formats.length > 0 ? formats : null;
}
