/** For tests: stages and sources as the planner makes them, and a supervisor whose cores are fakes. */
import { FakeClock, settled } from '../base/fake-clock.js';
import { silentLog } from '../base/log.js';
import type { SourcePlan, StagePlan } from '../plan/graph.js';
import { FakeCores } from './fake-core.js';
import type { CameraState, Reason, StatsEvent } from './messages.js';
import { Supervisor, type SupervisorOptions } from './supervisor.js';

/** Counters of a branch that has a reader and has made nothing yet; whether it is open, and what it published, apart. */
export const unmoved = {
  openings: 1,
  encoded: 0,
  bytes: 0,
  keyFrames: 0,
  dropped: 0,
  copied: 0,
  latencyNs: 0,
  readers: 1,
  brightness: null,
};

/** Stats of a core that has counted nothing else. */
export function statsEvent({
  gate,
  ...changes
}: Partial<Omit<StatsEvent, 'gate'>> & { gate?: Partial<StatsEvent['gate']> } = {}): StatsEvent {
  return {
    event: 'stats',
    atNs: 0,
    gate: { captured: 0, dropped: 0, slates: 0, undecodable: 0, clamped: 0, ...gate },
    streams: {},
    flow: { source: {}, stage: {} },
    network: null,
    protection: null,
    ...changes,
  };
}

const smallGate: StagePlan['gate'] = {
  media: 'raw',
  width: 320,
  height: 180,
  framerate: [30, 1],
  stallMs: 500,
  slateFramerate: [5, 1],
  slateFile: null,
  slateEncoder: [],
};

/** One H.264 branch, always open, into an existing ring. */
export function smallStage(stream: string, ring: string): StagePlan {
  const chain = ['in', 'rate', 'convert', 'i420', 'tee', 'valve', 'queue', 'encoder', 'parse', 'ring'];
  return {
    camera: 'front',
    graph: {
      nodes: [
        { id: 'in', element: 'appsrc', properties: { 'max-buffers': 1 } },
        { id: 'rate', element: 'teecamrate', properties: { 'max-framerate': '30/1' } },
        { id: 'convert', element: 'videoconvert', properties: {} },
        { id: 'i420', element: 'capsfilter', properties: { caps: 'video/x-raw,format=I420' } },
        { id: 'tee', element: 'tee', properties: {} },
        { id: 'valve', element: 'valve', properties: {} },
        { id: 'queue', element: 'queue', properties: { leaky: 'downstream', 'max-size-buffers': 2 } },
        {
          id: 'encoder',
          element: 'x264enc',
          properties: { tune: 'zerolatency', 'speed-preset': 'ultrafast', threads: 1 },
        },
        { id: 'parse', element: 'h264parse', properties: { 'config-interval': -1 } },
        { id: 'ring', element: 'teecamringsink', properties: {} },
      ],
      links: chain.slice(1).map((to, index) => ({ from: chain[index] ?? '', to })),
    },
    inlet: 'in',
    gate: smallGate,
    branches: [
      {
        stream,
        valves: ['valve'],
        encoder: 'encoder',
        sink: 'ring',
        ring,
        gopFrames: 60,
        keyFrameBy: null,
        always: true,
        lingerMs: 0,
      },
    ],
    sleepAfterMs: null,
  };
}

/** A source of a test picture; `pattern` is videotestsrc's. */
export function testPicture(
  { width, height }: { width: number; height: number },
  pattern = 'smpte',
): SourcePlan {
  const caps = `video/x-raw,format=YUY2,width=${width},height=${height},framerate=30/1`;
  return {
    graph: {
      nodes: [
        { id: 'camera', element: 'videotestsrc', properties: { 'is-live': true, pattern } },
        { id: 'format', element: 'capsfilter', properties: { caps } },
        { id: 'out', element: 'appsink', properties: {} },
      ],
      links: [
        { from: 'camera', to: 'format' },
        { from: 'format', to: 'out' },
      ],
    },
    media: 'raw',
    outlet: 'out',
    playlist: null,
    foreignClock: false,
    certificate: null,
  };
}

export const movingPicture = testPicture({ width: 320, height: 180 });

/** A camera that is pulled out after its first picture. */
export const fleetingPicture: SourcePlan = {
  ...movingPicture,
  graph: {
    ...movingPicture.graph,
    nodes: movingPicture.graph.nodes.map((node) =>
      node.id === 'camera' ? { ...node, properties: { ...node.properties, 'num-buffers': 1 } } : node,
    ),
  },
};

/** For cores that build nothing. */
export const bareStage: StagePlan = {
  camera: 'front',
  graph: { nodes: [], links: [] },
  inlet: 'inlet',
  gate: { ...smallGate, width: 64, height: 48, stallMs: 1000 },
  branches: [],
  sleepAfterMs: null,
};

export const bareSource = (uri: string): SourcePlan => ({
  graph: { nodes: [{ id: uri, element: 'fakesrc', properties: {} }], links: [] },
  media: 'raw',
  outlet: 'outlet',
  playlist: null,
  foreignClock: false,
  certificate: null,
});

/** A supervisor on a clock and cores of the test's. */
export function supervised(options: Partial<SupervisorOptions> = {}) {
  const clock = new FakeClock();
  const cores = new FakeCores();
  const drawn: (Reason | null)[] = [];
  const retries: (string | null)[] = [];
  const supervisor = new Supervisor({
    camera: 'front',
    sources: ['v4l2:/dev/video0'],
    stage: bareStage,
    planSource: async (uri) => bareSource(uri),
    planWithout: () => null,
    planWith: () => bareStage,
    startCore: cores.start,
    slate: {
      path: '/run/front.rgb',
      draw: async ({ reason, retry }) => {
        drawn.push(reason);
        retries.push(retry);
      },
      remove: async () => void drawn.push(null),
    },
    controls: {},
    leftControls: null,
    clock,
    log: silentLog,
    onControls: () => {},
    onChange: () => {},
    ...options,
  });
  const says = (state: CameraState) => cores.last.say({ event: 'state', state, reason: null, detail: '' });
  const live = () => says('live');
  const fault = (reason: Reason) =>
    cores.last.say({ event: 'state', state: 'slate', reason, detail: `it is ${reason}` });
  return { clock, cores, drawn, retries, supervisor, says, live, fault };
}

/** Lets time pass while the core keeps saying that it lives, as a core does. */
export async function liveFor(clock: FakeClock, cores: FakeCores, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 1000) {
    await clock.advance(Math.min(1000, ms - passed));
    cores.last.say(capturedStats(0));
  }
  await settled();
}

export function capturedStats(frames: number, atNs = 1): StatsEvent {
  return statsEvent({ atNs, gate: { captured: frames } });
}
