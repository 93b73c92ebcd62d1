import type { Reason } from './messages.js';

/** A fault in plain words: what happened, and what a person can do or expect. */
export interface ReasonWords {
  title: string;
  advice: string;
}

export const reasonWords: Readonly<Record<Reason, ReasonWords>> = {
  'no-device': { title: 'No camera found', advice: 'Connect a camera: the picture starts by itself' },
  busy: { title: 'Camera in use', advice: 'Another program has the camera open' },
  'no-permission': {
    title: 'No access to the camera',
    advice: 'The user of this service must be in the group "video"',
  },
  'format-refused': { title: 'Format not offered', advice: 'The camera gives none of the formats asked for' },
  stalled: { title: 'No pictures', advice: 'The camera was opened, but sends nothing' },
  'no-key-frame': {
    title: 'Waiting for a key frame',
    advice: 'The camera sends: the picture begins with its next key frame',
  },
  gone: { title: 'Camera lost', advice: 'Check its cable: the picture comes back by itself' },
  'no-signal': { title: 'No signal', advice: 'The device is there, but nothing is connected to its input' },
  'not-started': { title: 'Camera does not start', advice: 'Its USB port may have too little bandwidth' },
  'read-failed': { title: 'Camera not readable', advice: 'It is there, but its driver reports errors' },
  wedged: { title: 'Driver hangs', advice: 'Unplug the camera and plug it in again' },
  slow: { title: 'Few pictures', advice: 'The camera gives far fewer pictures than it promised' },
  untrusted: {
    title: 'Camera is not trusted',
    advice: 'Write the fingerprint of its certificate behind its address',
  },
  unreachable: { title: 'Camera does not answer', advice: 'Check its power, its network and its address' },
  refused: { title: 'Access refused', advice: 'The camera wants another user or password' },
  corrupt: { title: 'Damaged pictures', advice: 'What the camera sends cannot be decoded' },
  ended: { title: 'The end', advice: 'The video has been played to its end' },
  'missing-element': { title: 'Plugin missing', advice: 'GStreamer lacks a plugin for this source' },
  failed: { title: 'Camera not available', advice: 'The log has the details' },
  'worker-died': { title: 'Starting again', advice: 'The picture comes back by itself' },
  'circuit-open': {
    title: 'Camera out of order',
    advice: 'It failed several times in a row: trying again later',
  },
};

export const startingWords: ReasonWords = { title: 'Starting', advice: 'The picture starts by itself' };
