import { Child } from '../test/support/child.js';

/** `gst-launch-1.0` with an option such as -q, and a pipeline in its own words. */
export class GstLaunch extends Child {
  constructor(option: string, ...parts: readonly string[]) {
    super('gst-launch-1.0', [option, ...parts.join(' ').split(/\s+/)]);
  }

  /** Throws with what it said when it has ended. */
  mustRun(): void {
    if (!this.running) throw new Error(`gst-launch-1.0 has ended\n${this.stdout}\n${this.stderr}`);
  }
}
