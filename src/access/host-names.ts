import { isIP } from 'node:net';

/**
 * The names by which a browser may call this machine while no password is
 * asked for. Any other one may belong to a page from elsewhere that has had
 * its own name point here (DNS rebinding), and would read everything as if it
 * were ours. An address cannot be made to point elsewhere.
 */
export class HostNames {
  readonly #names: ReadonlySet<string>;

  /** `machine`: its host name, with or without a domain. */
  constructor(machine: string, more: readonly string[]) {
    const [first = ''] = machine.toLowerCase().split('.');
    this.#names = new Set([machine.toLowerCase(), first, `${first}.local`, 'localhost', ...more]);
  }

  /** Of a `Host` header, port and all. Programs of old send none; browsers always do. */
  has(header: string | undefined): boolean {
    if (header === undefined) return true;
    const name = nameOf(header);
    return isIP(name) !== 0 || name.endsWith('.localhost') || this.#names.has(name);
  }
}

function nameOf(header: string): string {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(header.trim().toLowerCase()) ?? [];
  return bracketed ?? plain?.replace(/\.$/, '') ?? '';
}
