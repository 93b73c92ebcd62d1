import type { Command } from 'commander';
import type { DecoderView } from '../api/routes/decoders.js';
import type { DeviceView } from '../api/routes/devices.js';
import type { EncoderView } from '../api/routes/encoders.js';
import { encoderTrial, encoderViews } from '../app/capabilities.js';
import { DecoderTrials } from '../app/decoder-trials.js';
import { deviceViews } from '../app/devices.js';
import { EncoderTrials } from '../app/encoder-trials.js';
import { StateFolder } from '../app/state-folder.js';
import { silentLog } from '../base/log.js';
import { loadNative } from '../native/load.js';
import { mediaWords } from '../plan/graph.js';

export function addDevicesCommand(program: Command): void {
  program
    .command('devices')
    .description('list the cameras, the encoders and the decoders of this machine')
    .option('--json', 'for programs', false)
    .action(async ({ json }: { json: boolean }) => {
      const native = loadNative();
      const devices = deviceViews(await native.listDevices(true), []).map(
        ({ cameras: _none, ...device }) => device,
      );
      const log = silentLog;
      const state = new StateFolder(log);
      const trials = await EncoderTrials.begin({ native, tryEncoder: encoderTrial(), state, log });
      await trials.known;
      const encoders = encoderViews(trials.capabilities);
      const decoders = await new DecoderTrials(trials.capabilities).decoders();
      process.stdout.write(
        json
          ? `${JSON.stringify({ devices, encoders, decoders }, null, 2)}\n`
          : [deviceList(devices), encoderList(encoders), decoderList(decoders)].join('\n'),
      );
    });
}

/** What is used for each kind of media. */
export function decoderList(decoders: readonly DecoderView[]): string {
  const lines = decoders.map(({ media, name, works, detail }) => {
    const state = name === null ? detail : `${name}, ${works ? 'works' : 'does not work'}: ${detail}`;
    return `  ${mediaWords[media].padEnd(5)}  ${state}`;
  });
  return `Decoders, all in software\n${lines.join('\n')}\n`;
}

/** What may encode H.264, the preferred one first. */
export function encoderList(encoders: readonly EncoderView[]): string {
  if (encoders.length === 0) return 'Nothing here can encode H.264: teecam doctor tells more.\n';
  const lines = encoders.map(({ name, hardware, works, detail }) => {
    const state = works === null ? 'there' : `${works ? 'works' : 'refused'}: ${detail}`;
    return `  ${name}  in ${hardware ? 'hardware' : 'software'}, ${state}`;
  });
  return `H.264 encoders\n${lines.join('\n')}\n`;
}

type Device = Omit<DeviceView, 'cameras'>;

/** For people: what to write into a profile first. */
export function deviceList(devices: readonly Device[]): string {
  if (devices.length === 0) return 'No camera is connected.\n';
  return `${devices.map(device).join('\n\n')}\n`;
}

function device(one: Device): string {
  const { name, path, driver, bus, vendor, product, source, links, reason, detail } = one;
  const usb = vendor === null ? '' : ` · USB ${vendor}:${product}`;
  const others = [`v4l2:${path}`, ...links.map((link) => `v4l2:${link}`)].filter((other) => other !== source);
  return [
    `${source}  ${name}`,
    reason === null ? `  driver ${driver} · ${bus}${usb}` : `  cannot be opened (${reason}): ${detail}`,
    ...others.map((other) => `  also ${other}`),
    ...formatLines(one.formats),
    ...controlLines(one.controls),
  ].join('\n');
}

/** A line for each format: its sizes, the largest first as the device has them, each with its rates. */
function formatLines(formats: Device['formats']): string[] {
  const names = [...new Set(formats.map(({ format }) => format))];
  return names.map((name) => {
    const sizes = formats.filter(({ format }) => format === name);
    const words = sizes.map(({ width, height, framerates }) => `${width}x${height} at ${rates(framerates)}`);
    return `  ${name.padEnd(5)} ${words.join(', ')}`;
  });
}

function rates(framerates: readonly number[]): string {
  const told = framerates.filter((rate) => rate > 0);
  return told.length === 0 ? 'its own rate' : told.join('/');
}

/** What may be written into a profile, with its default. */
function controlLines(controls: Device['controls']): string[] {
  const width = Math.max(0, ...controls.map(({ name }) => name.length));
  return controls.map(({ name, type, readOnly, inactive, default: standard, ...control }) => {
    const notes = [...(readOnly ? ['only to be read'] : []), ...(inactive ? ['inactive now'] : [])];
    const facts = [
      values(type, control),
      ...(standard === null ? [] : [`default ${JSON.stringify(standard)}`]),
      ...(control.value === null ? [] : [`now ${JSON.stringify(control.value)}`]),
      ...notes,
    ];
    return `  ${name.padEnd(width)}  ${facts.join(', ')}`;
  });
}

type Control = Device['controls'][number];

function values(
  type: Control['type'],
  { minimum, maximum, step, menu }: Pick<Control, 'minimum' | 'maximum' | 'step' | 'menu'>,
): string {
  switch (type) {
    case 'boolean':
      return 'true or false';
    case 'button':
      return 'a button';
    case 'menu':
    case 'integer-menu':
      return menu.map(({ value, label }) => `${value} ${JSON.stringify(label)}`).join(', ');
    case 'bitmask':
      return `bits of 0x${maximum.toString(16)}`;
    case 'string':
      return `text of ${minimum} to ${maximum} bytes`;
    default:
      return `${minimum} to ${maximum}${step > 1 ? ` in steps of ${step}` : ''}`;
  }
}
