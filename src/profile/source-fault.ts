/** Says what a source should be instead; the caller knows the place. */
export class SourceFault extends Error {
  constructor(
    readonly expected: string,
    readonly found: string,
    readonly nearest?: string,
  ) {
    super(`expected ${expected}, found ${found}`);
  }
}
