/** The ways to a stream, as texts to copy. */
import type { StreamView } from '../../dist/src/api/views.js';
import { el, setText } from './dom.js';

export interface Address {
  label: string;
  text: string;
  /** A browser can open it. */
  link: boolean;
}

/** A server that listens on every address, or tells its own loopback, is for this page where the page came from. */
function reachable(address: string): string {
  const url = new URL(address, location.href);
  if (['127.0.0.1', '0.0.0.0', 'localhost', '[::]', '[::1]'].includes(url.hostname)) {
    // Assigning `hostname` does nothing for schemes that the URL standard does not know, as rtsp.
    return url.href.replace(url.hostname, location.hostname);
  }
  return url.href;
}

function python(camera: string, stream: string, ring: string): string {
  const instance = /\/teecam\.([^./]+)\.[^./]+\.[^./]+$/.exec(ring)?.[1];
  const names = [camera, stream].map((name) => `"${name}"`);
  if (instance) names.push(`instance="${instance}"`);
  return [
    'import teecam',
    '',
    `with teecam.open(${names.join(', ')}) as ring:`,
    '    for frame in ring:',
    '        print(frame.seq, frame.age_ms, frame.array.shape)',
  ].join('\n');
}

function shmsrc(socket: string, caps: string | null): string {
  return `gst-launch-1.0 shmsrc is-live=true do-timestamp=true socket-path=${socket} ! ${caps} ! …`;
}

export function addressesOf(camera: string, { name, addresses, shmsrcCaps }: StreamView): Address[] {
  const { rtsp, mjpeg, mjpegPort, picture, ts, mp4, ws, ring, shmsink } = addresses;
  const all: (Address | null)[] = [
    rtsp === null ? null : { label: 'RTSP', text: reachable(rtsp), link: false },
    mjpeg === null ? null : { label: 'MJPEG', text: reachable(mjpeg), link: true },
    mjpegPort === null ? null : { label: 'MJPEG, own port', text: reachable(mjpegPort), link: true },
    picture === null ? null : { label: 'Picture', text: reachable(picture), link: true },
    ts === null ? null : { label: 'MPEG-TS', text: reachable(ts), link: false },
    mp4 === null ? null : { label: 'MP4', text: reachable(mp4), link: true },
    ws === null ? null : { label: 'WebSocket', text: reachable(ws), link: false },
    ring === null ? null : { label: 'Ring', text: ring, link: false },
    shmsink === null ? null : { label: 'GStreamer', text: shmsrc(shmsink, shmsrcCaps), link: false },
    ring === null ? null : { label: 'Python', text: python(camera, name, ring), link: false },
  ];
  return all.filter((address) => address !== null);
}

export function addressLine({ label, text, link }: Address): HTMLElement {
  const shown = text.includes('\n')
    ? el('pre', { class: 'address-text' }, text)
    : link
      ? el('a', { class: 'address-text', href: text, target: '_blank', rel: 'noreferrer' }, text)
      : el('code', { class: 'address-text' }, text);
  return el(
    'div',
    { class: 'address' },
    el('dt', {}, label),
    el('dd', {}, shown, copyButton(label, text, shown)),
  );
}

function copyButton(label: string, text: string, shown: HTMLElement): HTMLElement {
  const button = el('button', { class: 'copy', type: 'button', 'aria-label': `Copy ${label}` }, 'Copy');
  const say = (words: string) => {
    setText(button, words);
    window.setTimeout(() => setText(button, 'Copy'), 1600);
  };
  button.onclick = () => {
    copy(text, shown).then(
      () => say('Copied'),
      () => say('Press Ctrl+C'),
    );
  };
  return button;
}

/** The clipboard is there on https and localhost only; elsewhere the text is selected and the old command tried. */
async function copy(text: string, shown: HTMLElement): Promise<void> {
  if (window.isSecureContext) return navigator.clipboard.writeText(text);
  getSelection()?.selectAllChildren(shown);
  if (!document.execCommand('copy')) throw new Error('the browser refused to copy');
}
