import type { Count, NodeCounts, RunningCamera } from '../plan/render/running.js';
import { withoutSecrets } from '../plan/secrets.js';
import type { Camera } from './camera.js';

/** A camera's graph, with what it has counted. */
export function runningCamera({ name, supervisor }: Camera): RunningCamera {
  const { stats, status } = supervisor;
  const { source, stage } = supervisor.plans;
  return {
    camera: name,
    state: status.state,
    reason: status.reason,
    source: source && { ...source, graph: withoutSecrets(source.graph) },
    stage,
    node(pipeline, id) {
      const counts = stats.flow.node(pipeline, id);
      return counts && roundedCounts(counts);
    },
    gate: stats.flow.gate && {
      captured: rounded(stats.flow.gate.captured),
      dropped: rounded(stats.flow.gate.dropped),
      undecodable: rounded(stats.flow.gate.undecodable),
      slates: rounded(stats.flow.gate.slates),
    },
    branch(branch) {
      const { open, readers, published, latencyNs } = stats.stream(branch);
      const { framerate, bitrateBps } = stats.streamRate(branch);
      return {
        open,
        readers,
        published: rounded({ frames: published, perSecond: framerate }),
        bitrateBps: Math.round(bitrateBps),
        latencyMs: open && latencyNs > 0 ? hundredths(latencyNs / 1e6) : null,
      };
    },
  };
}

function roundedCounts({ entered, lost }: NodeCounts): NodeCounts {
  return { entered: rounded(entered), lost: rounded(lost) };
}

function rounded({ frames, perSecond }: Count): Count {
  return { frames, perSecond: hundredths(perSecond) };
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
