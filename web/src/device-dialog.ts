/** The cameras that are connected to the machine, whether the profile uses them or not. */

import type { DecoderView } from '../../dist/src/api/routes/decoders.js';
import type { DeviceView } from '../../dist/src/api/routes/devices.js';
import type { EncoderView } from '../../dist/src/api/routes/encoders.js';
import { decoders, devices, encoders, Refusal } from './appliance.js';
import { el } from './dom.js';
import { codecWords } from './words.js';

let shown: DeviceDialog | null = null;

export function showDevices(): void {
  shown ??= new DeviceDialog();
}

/** One was connected or disconnected. */
export function devicesChanged(): void {
  void shown?.look();
}

class DeviceDialog {
  readonly #list = el('ul', { class: 'devices', 'aria-live': 'polite' });
  readonly #dialog = el('dialog', { class: 'dialog', 'aria-labelledby': 'devices-title' });
  /** Counts up with every look, so that the answer to an older one changes nothing. */
  #looks = 0;

  constructor() {
    const close = el('button', { class: 'button' }, 'Close');
    this.#dialog.append(
      el(
        'form',
        { method: 'dialog' },
        el('h2', { id: 'devices-title' }, 'Devices of this machine'),
        this.#list,
        el('div', { class: 'dialog-foot' }, el('div', { class: 'dialog-buttons' }, close)),
      ),
    );
    this.#dialog.onclose = () => {
      shown = null;
      this.#dialog.remove();
    };
    document.body.append(this.#dialog);
    this.#dialog.showModal();
    void this.look();
  }

  async look(): Promise<void> {
    const look = ++this.#looks;
    const show = (content: readonly HTMLElement[]) => {
      if (look === this.#looks) this.#list.replaceChildren(...content);
    };
    try {
      const [cameras, coding] = await Promise.all([devices(), encoders()]);
      const known = [...items(cameras), ...coding.map(encoderItem)];
      show(known);
      // The first who asks for them waits for their trial.
      show([...known, ...(await decoders()).map(decoderItem)]);
    } catch (error) {
      const refused = error instanceof Refusal ? error.problem.detail : null;
      show([el('li', {}, refused ?? 'The appliance does not answer')]);
    }
  }
}

function items(all: readonly DeviceView[]): HTMLElement[] {
  return all.length === 0 ? [el('li', {}, 'No camera is connected.')] : all.map(item);
}

function item({
  name,
  path,
  driver,
  bus,
  source,
  formats,
  cameras,
  reason,
  detail,
}: DeviceView): HTMLElement {
  const place = reason === null ? `${path} · ${driver} · ${bus}` : `${path} · ${detail}`;
  const use = cameras.length === 0 ? 'No camera of the profile uses it' : `Used by ${cameras.join(', ')}`;
  return el(
    'li',
    { class: 'device' },
    el('h3', {}, name),
    el('p', { class: 'source' }, source),
    el('p', {}, place),
    el('p', {}, use),
    ...(formats.length === 0 ? [] : [modes(formats)]),
  );
}

function encoderItem({ name, hardware, works, detail, failures }: EncoderView): HTMLElement {
  const untried = hardware ? 'Not tried yet' : 'Trusted without a trial';
  const state = works === null ? untried : `${works ? 'Works' : 'Refused'}: ${detail}`;
  const failed = failures.map(
    ({ camera, why }) => `Failed for ${camera}, which has another encoder now: ${why}`,
  );
  return el(
    'li',
    { class: 'device' },
    el('h3', {}, `${name} · H.264 in ${hardware ? 'hardware' : 'software'}`),
    ...[state, ...failed].map((text) => el('p', {}, text)),
  );
}

function decoderItem({ media, name, works, detail }: DecoderView): HTMLElement {
  return el(
    'li',
    { class: 'device' },
    el('h3', {}, `${name ?? 'No decoder'} · decodes ${codecWords[media]} in software`),
    el('p', {}, works ? 'Works' : `Does not work: ${detail}`),
  );
}

function modes(formats: DeviceView['formats']): HTMLElement {
  const names = [...new Set(formats.map(({ format }) => format))];
  const rows = names.map((name) => {
    const sizes = formats.filter(({ format }) => format === name);
    const words = sizes.map(
      ({ width, height, framerates }) => `${width}\u00a0×\u00a0${height} (${framerates.join(', ')})`,
    );
    return el(
      'div',
      {},
      el('dt', { class: 'mode-name' }, name),
      el('dd', { class: 'mode-sizes' }, words.join(' · ')),
    );
  });
  return el(
    'details',
    { class: 'more' },
    el('summary', {}, `Formats: ${names.join(', ')}`),
    el('dl', { class: 'modes' }, ...rows),
  );
}
