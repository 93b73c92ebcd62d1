import type { DecoderView } from '../api/routes/decoders.js';
import { codeOf, messageOf } from '../base/error.js';
import { runTrial } from '../camera/trial-runner.js';
import type { Capabilities } from '../plan/capabilities.js';
import { decoderTrouble, planDecoderTrial } from '../plan/decoder-trial.js';
import { chooseDecoder, type Decoder, type EncodedMedia, encodedMedia } from '../plan/decoders.js';
import { packageFolder, workerPath } from './package.js';

/** One picture takes some milliseconds. Loading FFmpeg takes a second on a small board, and ten in an emulated machine. */
const deadlineMs = 30_000;

const pictures: Readonly<Record<EncodedMedia, string>> = {
  jpeg: '64x64.jpg',
  h264: '64x64.h264',
  h265: '64x64.h265',
};

/** What is wrong with a decoder, as a sentence; null: it works. */
export type TryDecoder = (
  media: EncodedMedia,
  decoder: Decoder,
  signal: AbortSignal,
) => Promise<string | null>;

/** In a process of its own. */
export const decoderTrial: TryDecoder = async (media, decoder, signal) => {
  const picture = `${packageFolder}pipelines/pictures/${pictures[media]}`;
  const trial = planDecoderTrial(media, decoder, picture);
  return decoderTrouble(await runTrial(trial, { executable: workerPath, deadlineMs, signal }));
};

/** Which decoders work: tried once, and not before somebody asks, since no camera waits for it. */
export class DecoderTrials {
  readonly #capabilities: Capabilities;
  readonly #try: TryDecoder;
  readonly #closing = new AbortController();
  #views: Promise<DecoderView[]> | null = null;

  constructor(capabilities: Capabilities, tryDecoder: TryDecoder = decoderTrial) {
    this.#capabilities = capabilities;
    this.#try = tryDecoder;
  }

  /** The one that is used for each kind of media. */
  decoders(): Promise<DecoderView[]> {
    this.#views ??= Promise.all(encodedMedia.map((media) => this.#view(media)));
    return this.#views;
  }

  /** Ends a trial under way. */
  close(): void {
    this.#closing.abort();
  }

  async #view(media: EncodedMedia): Promise<DecoderView> {
    try {
      const decoder = chooseDecoder(media, this.#capabilities, `decoding ${media}`);
      const trouble = await this.#try(media, decoder, this.#closing.signal);
      const detail = trouble ?? 'it has decoded a test picture';
      return { media, name: decoder.element, works: trouble === null, detail };
    } catch (error) {
      if (codeOf(error) !== 'missing-element') throw error;
      return { media, name: null, works: false, detail: messageOf(error) };
    }
  }
}
