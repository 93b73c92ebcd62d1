/** A change in words: what the API answers, and what the log says. */
import type { StageChange } from './graph.js';
import type { CameraChange, ProfileChange } from './profile-change.js';

export const actionKinds = [
  'remove-camera',
  'restart-camera',
  'replace-source',
  'remove-branch',
  'rebuild-branch',
  'add-branch',
  'adjust-branch',
  'set-property',
  'change-outputs',
  'redraw-slate',
  'set-controls',
  'set-load',
  'add-camera',
  'reorder',
  'change-limits',
] as const;

export interface Action {
  action: (typeof actionKinds)[number];
  camera: string | null;
  /** Of the stream, or of the JPEG branch beside it. */
  stream: string | null;
  detail: string;
}

/** Of a change that is none of the cameras'. */
export const limiting: Action = action('change-limits', null, null, 'viewers are held to others from now on');

/** In the order in which they are done. */
export function actionsOf({ removed, changed, added, reordered, order }: ProfileChange): Action[] {
  return [
    ...removed.map((camera) => action('remove-camera', camera, null, 'its viewers are ended')),
    ...changed.flatMap(cameraActions),
    ...added.map(({ name }) => action('add-camera', name, null, 'its worker is started')),
    ...(reordered ? [action('reorder', null, null, `the order is ${order.join(', ')}`)] : []),
  ];
}

function cameraActions({ camera, step, source, slate, controls, load, outputs }: CameraChange): Action[] {
  const ways = outputs.map((stream) => action('change-outputs', camera, stream, 'its ways out are others'));
  if ('restart' in step) return [action('restart-camera', camera, null, step.restart), ...ways];
  const actions = [
    ...stageActions(camera, step.change),
    ...ways,
    ...(source ? [action('replace-source', camera, null, 'the slate is shown in between')] : []),
    ...(slate ? [action('redraw-slate', camera, null, 'it looks different')] : []),
    ...(controls ? [action('set-controls', camera, null, 'exposure, colours and the like')] : []),
    ...(load ? [action('set-load', camera, null, 'what may be lowered, and in which order')] : []),
  ];
  if (actions.length > 0) return actions;
  if (step.rings.replaced.length > 0)
    return step.rings.replaced.map((stream) =>
      action('adjust-branch', camera, stream, 'its ring has another size, and its readers follow'),
    );
  // Nothing else can differ then.
  return [action('reorder', camera, null, 'its streams have another order')];
}

function stageActions(camera: string, { set, remove, add, adjust }: StageChange): Action[] {
  const added = add.branches.map(({ stream }) => stream);
  return [
    ...remove.streams
      .filter((stream) => !added.includes(stream))
      .map((stream) => action('remove-branch', camera, stream, 'its viewers are ended')),
    ...added.map((stream) =>
      remove.streams.includes(stream)
        ? action('rebuild-branch', camera, stream, 'its viewers stay, and miss some frames')
        : action('add-branch', camera, stream, 'it is opened when somebody looks'),
    ),
    ...set.map(({ node, property, value }) =>
      action('set-property', camera, node.split('.')[0] ?? null, `${node}: ${property} is ${value}`),
    ),
    ...adjust.map(({ stream }) =>
      action('adjust-branch', camera, stream, 'when it runs, and its key frames'),
    ),
  ];
}

function action(
  kind: Action['action'],
  camera: string | null,
  stream: string | null,
  detail: string,
): Action {
  return { action: kind, camera, stream, detail };
}
