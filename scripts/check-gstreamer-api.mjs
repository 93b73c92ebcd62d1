// Native code uses nothing that came after GStreamer 1.20, the one of JetPack 6, but behind `#if GST_CHECK_VERSION`.
// Which version brought a name is in the .gir files of GStreamer's development packages. GLib's names are told by the
// compiler: see GLIB_VERSION_MAX_ALLOWED in binding.gyp.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const newest = [1, 20];
const folder = '/usr/share/gir-1.0';
const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

const isNewer = ([major, minor]) => major > newest[0] || (major === newest[0] && minor > newest[1]);

/** C name → the version that brought it, for those that are too new. */
function tooNew() {
  const names = new Map();
  const girs = readdirSync(folder).filter((file) => /^Gst.*\.gir$/.test(file));
  let versioned = 0;
  for (const gir of girs)
    for (const [tag] of readFileSync(join(folder, gir), 'utf8').matchAll(/<[a-z:-]+\s[^>]*>/g)) {
      const version = /\sversion="(\d+)\.(\d+)/.exec(tag)?.slice(1).map(Number);
      const name = /\sc:(?:identifier|type)="(\w+)"/.exec(tag)?.[1];
      if (!version || !name) continue;
      versioned++;
      if (isNewer(version)) names.set(name, version.join('.'));
    }
  if (versioned < 100) throw new Error(`${folder} tells the version of ${versioned} names only`);
  return names;
}

/** Lines with their numbers, less what a condition on GStreamer's version guards. */
function* unguarded(text) {
  const conditions = [];
  for (const [i, line] of text.split('\n').entries()) {
    const directive = /^\s*#\s*(if|ifdef|ifndef|elif|else|endif)\b(.*)/.exec(line);
    if (directive?.[1].startsWith('if')) conditions.push(directive[2].includes('GST_CHECK_VERSION'));
    else if (directive?.[1] === 'endif') conditions.pop();
    else if (directive && conditions.length > 0) conditions[conditions.length - 1] = directive[2].includes('GST_CHECK_VERSION');
    else if (!conditions.includes(true)) yield [i + 1, line];
  }
}

const names = tooNew();
const sources = readdirSync(join(root, 'native'), { recursive: true }).filter((file) => /\.(cc|h)$/.test(file));
const faults = [];
for (const file of sources)
  for (const [number, line] of unguarded(readFileSync(join(root, 'native', file), 'utf8')))
    for (const [word] of line.replace(/\/\/.*/, '').matchAll(/\b(?:gst|Gst|GST)\w+/g))
      if (names.has(word)) faults.push(`native/${file}:${number}: ${word} is of GStreamer ${names.get(word)}`);

if (sources.length === 0) faults.push('no native sources were checked');
for (const fault of faults) console.log(fault);
process.exit(faults.length > 0 ? 1 : 0);
