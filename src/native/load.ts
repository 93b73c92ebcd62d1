/** The one place that loads the addon. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { messageOf, TeecamError } from '../base/error.js';
import type { NativePort } from './port.js';

/** From dist/src/native, where this file runs, to what node-gyp builds. */
const addonPath = fileURLToPath(new URL('../../../build/Release/teecam.node', import.meta.url));

/** The Debian package of each library that the addon is linked to, by the beginning of its name. */
const packages: readonly (readonly [library: string, name: string])[] = [
  ['libgstrtspserver-1.0', 'libgstrtspserver-1.0-0'],
  ['libgstreamer-1.0', 'libgstreamer1.0-0'],
  ['libgstbase-1.0', 'libgstreamer1.0-0'],
  ['libgst', 'libgstreamer-plugins-base1.0-0'],
  ['libglib-2.0', 'libglib2.0-0'],
  ['libgobject-2.0', 'libglib2.0-0'],
  ['libgio-2.0', 'libglib2.0-0'],
  ['libstdc++', 'libstdc++6'],
];

let loaded: NativePort | undefined;

/** The addon, loaded at the first call. Throws TeecamError `missing-native`, which says what to do. */
export function loadNative(): NativePort {
  loaded ??= loadFrom(addonPath);
  return loaded;
}

export function loadFrom(path: string): NativePort {
  const tried = `tried ${path}, Node ${process.version}, ${process.platform} ${process.arch}`;
  if (!existsSync(path)) {
    throw new TeecamError(
      'missing-native',
      `Teecam's native part is not built: run "npm run build" (${tried})`,
      {
        details: { path },
      },
    );
  }
  try {
    return createRequire(import.meta.url)(path) as NativePort;
  } catch (error) {
    throw new TeecamError(
      'missing-native',
      `Teecam's native part cannot be loaded: ${messageOf(error)}. ${remedy(messageOf(error))} (${tried})`,
      { cause: error, details: { path } },
    );
  }
}

/** What to do about it, in a sentence, from the words of the dynamic linker. */
export function remedy(message: string): string {
  const library = /(lib[\w+.-]+?)\.so[\d.]*: cannot open shared object file/.exec(message)?.[1];
  if (library === undefined) return 'Build it again for this Node and this machine: npm run build';
  const name = packages.find(([prefix]) => library.startsWith(prefix))?.[1];
  return name === undefined
    ? `The library ${library} is missing`
    : `The package ${name} is missing: sudo apt-get install ${name}`;
}
