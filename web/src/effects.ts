/** What a change does to whoever watches, in words. */
import type { ChangeView } from '../../dist/src/api/views.js';
import { el } from './dom.js';

type Action = ChangeView['actions'][number];
type Weight = 'live' | 'branch' | 'camera' | 'end';

const effects: Readonly<Record<Action['action'], readonly [Weight, string]>> = {
  'set-property': ['live', 'Live: viewers notice nothing'],
  'adjust-branch': ['live', 'Live: viewers notice nothing'],
  'change-outputs': ['live', 'Live: only viewers of a way out that goes are ended'],
  'redraw-slate': ['live', 'Live: viewers notice nothing'],
  'set-controls': ['live', 'Live: the picture changes, and nobody misses a frame'],
  'change-limits': ['live', 'Live: who watches stays'],
  'set-load': ['live', 'Live: it counts when the machine cannot keep up'],
  reorder: ['live', 'Live: viewers notice nothing'],
  'add-branch': ['live', 'Added: other viewers notice nothing'],
  'add-camera': ['live', 'Added: other viewers notice nothing'],
  'rebuild-branch': ['branch', 'The branch restarts: its viewers miss some frames'],
  'replace-source': ['camera', 'The source is replaced: viewers may see the slate'],
  'restart-camera': ['camera', 'The camera restarts: its viewers wait for a moment'],
  'remove-branch': ['end', 'Removed: its viewers are ended'],
  'remove-camera': ['end', 'Removed: all its viewers are ended'],
};

export function showEffects(change: ChangeView): HTMLElement[] {
  const actions = change.actions.map((action) => {
    const [weight, words] = effects[action.action];
    const what = [action.camera, action.stream].filter((name) => name !== null).join('/');
    return el(
      'li',
      { class: 'effect', 'data-weight': weight },
      el('strong', {}, words),
      el('span', {}, `${what === '' ? '' : `${what}: `}${action.detail}`),
    );
  });
  const notes = [
    ...change.overridden.map(({ path, by }) => `${path} is overridden by ${by}, which has the last word`),
    ...change.needsRestart.map((path) => `${path} counts from the next start of the appliance on`),
    ...change.warnings,
    ...(change.kept ? [] : ['It does not survive a restart of the appliance']),
  ];
  return [
    ...(actions.length > 0 ? actions : [el('li', { class: 'effect' }, 'Nothing that runs is changed')]),
    ...notes.map((note) => el('li', { class: 'effect', 'data-weight': 'note' }, note)),
  ];
}
