import type { ApiEvent } from '../../dist/src/api/events.js';
import type { CameraView } from '../../dist/src/api/views.js';
import { CameraCard } from './camera-card.js';
import { addCamera } from './changes.js';
import { Connection } from './connection.js';
import { devicesChanged, showDevices } from './device-dialog.js';
import { byId, el, KeyedList, setAttribute, setText } from './dom.js';
import { plural } from './format.js';
import { apply, type Cameras } from './store.js';
import { Viewers } from './viewers.js';

const main = byId('cameras');
const link = byId('link');
const banner = byId('banner');
const list = el('div', { class: 'cameras' });
const empty = el(
  'section',
  { class: 'empty', hidden: true },
  el('h2', {}, 'No cameras yet'),
  el('p', {}, 'The profile that this appliance runs names none. Add one here, or to its file:'),
  el(
    'pre',
    {},
    'cameras:\n  front:\n    source: auto\n    streams:\n      low: { codec: jpeg, width: 640, height: 480, framerate: 15 }',
  ),
);
main.append(list, empty, new Viewers().element);

const cards = new Map<string, CameraCard>();
const shown = new KeyedList<CameraView, CameraCard>(list);
let cameras: Cameras = [];

function render(): void {
  shown.update(
    cameras,
    (camera) => camera.name,
    (camera) => {
      const card = new CameraCard(camera, cards.size === 0);
      cards.set(camera.name, card);
      return card;
    },
  );
  for (const name of cards.keys()) if (!cameras.some((camera) => camera.name === name)) cards.delete(name);
  setAttribute(empty, 'hidden', cameras.length > 0);
  const live = cameras.filter((camera) => camera.state === 'live').length;
  setText(byId('summary'), cameras.length === 0 ? '' : `${plural(cameras.length, 'camera')}, ${live} live`);
}

let retryAt = 0;
let countdown: number | undefined;

function showCountdown(): void {
  const seconds = Math.ceil((retryAt - Date.now()) / 1000);
  const when = seconds > 0 ? `Trying again in ${seconds} s.` : 'Trying again.';
  setText(byId('banner-text'), `The appliance cannot be reached. ${when}`);
}

const connection = new Connection({
  event(event: ApiEvent) {
    cameras = apply(cameras, event);
    render();
    if (event.event === 'device') devicesChanged();
    if (event.event === 'controls') cards.get(event.camera)?.showControls(event.controls);
    if (event.event === 'stats') for (const camera of cameras) cards.get(camera.name)?.sample(camera);
  },
  online() {
    window.clearInterval(countdown);
    banner.hidden = true;
    setText(link, 'Connected');
    setAttribute(link, 'data-link', 'online');
    setAttribute(document.body, 'data-offline', false);
    for (const card of cards.values()) card.restart();
  },
  offline(retryMs) {
    retryAt = Date.now() + retryMs;
    window.clearInterval(countdown);
    countdown = window.setInterval(showCountdown, 250);
    showCountdown();
    banner.hidden = false;
    setText(link, 'Offline');
    setAttribute(link, 'data-link', 'offline');
    setAttribute(document.body, 'data-offline', true);
  },
});
byId('devices').addEventListener('click', showDevices);
byId('add-camera').addEventListener('click', addCamera);
byId('banner-retry').addEventListener('click', () => connection.retryNow());
connection.open();
