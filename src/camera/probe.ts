import type { SourcePlan } from '../plan/graph.js';
import type { CoreClient } from './core-client.js';
import type { SourceFormat } from './messages.js';

/** What can be asked for its formats: a device, a file, or whatever a plan plays. */
export type ProbedSource = { kind: 'v4l2' | 'file'; path: string } | { kind: 'plan'; plan: SourcePlan };

/** Rejects with `refused` and the reason. */
export type Probe = (source: ProbedSource) => Promise<readonly SourceFormat[]>;

/** Asked by this core. */
export function probeWith(core: Pick<CoreClient, 'request'>, timeoutMs: number): Probe {
  return async (source) => {
    const command =
      source.kind === 'plan'
        ? ({ type: 'probe-plan', plan: source.plan } as const)
        : ({ type: 'probe', ...source } as const);
    return (await core.request(command, timeoutMs)).formats;
  };
}
