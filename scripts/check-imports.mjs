// Who may import whom. The rooms of src/ keep their walls: what is pure stays pure, and only the composition root
// knows everything. Tests and the fakes made for them (testing.ts, fake-*.ts) may look into any room.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const src = join(root, 'src');

/** Room → the rooms it may import, beside itself. */
const rooms = {
  base: [],
  access: ['base'],
  ring: ['base'],
  stream: ['base'],
  analysis: ['base', 'stream'],
  profile: ['base'],
  plan: ['base', 'profile', 'ring'],
  native: ['base', 'ring'],
  camera: ['base', 'ring', 'profile', 'plan', 'stream', 'native/port'],
  output: ['base', 'analysis', 'stream', 'ring', 'session', 'native/port'],
  session: ['base'],
  load: ['base', 'profile'],
  api: ['base', 'access', 'profile'],
  app: '*',
  cli: '*',
  index: '*',
};

/** No I/O and no timers of their own; `path` and `util` only compute. */
const pure = new Set(['ring', 'profile', 'plan', 'stream', 'analysis', 'session', 'load']);
const harmless = new Set(['node:path', 'node:util', 'node:assert', 'node:buffer', 'node:events']);
/** Reading a profile's file is what this one file is there for. */
const reads = new Set(['src/profile/load.ts']);

const importPattern =
  /(?:^|\n)\s*(?:import|export)\s+(?:type\s+)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

const files = readdirSync(src, { recursive: true })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join(src, file));
const faults = [];
let checked = 0;

for (const file of files) {
  const path = relative(root, file);
  if (/\.test\.ts$|\/testing\.ts$|\/fake-[^/]*\.ts$/.test(path)) continue;
  const text = readFileSync(file, 'utf8');
  const room = roomOf(file);
  if (!(room in rooms)) faults.push(`${path}:1: src/${room} is no room; scripts/check-imports.mjs lists them`);
  for (const match of text.matchAll(importPattern)) {
    const name = match[1] ?? match[2];
    const at = match.index + match[0].indexOf(name);
    const fault = judge(room, path, file, name);
    checked++;
    if (fault) faults.push(`${path}:${text.slice(0, at).split('\n').length}: ${fault}`);
  }
}

for (const fault of faults) console.log(fault);
console.log(`${checked} imports in ${files.length} files, ${faults.length} against the rules`);
if (checked === 0) console.log('nothing was checked: where have the sources gone?');
process.exitCode = faults.length > 0 || checked === 0 ? 1 : 0;

function roomOf(file) {
  const [first] = relative(src, file).split('/');
  return first.replace(/\.ts$/, '');
}

function judge(room, path, file, name) {
  if (name.startsWith('node:')) {
    if (pure.has(room) && !harmless.has(name) && !reads.has(path)) {
      return `src/${room} is pure: it may not import ${name}`;
    }
    return null;
  }
  if (!name.startsWith('.')) return null;
  const target = normalize(join(dirname(file), name));
  const other = roomOf(target.replace(/\.js$/, '.ts'));
  if (other.startsWith('..')) return `${name} is outside src/`;
  const allowed = rooms[room];
  if (other === room || allowed === '*' || allowed === undefined) return null;
  const module = relative(src, target).replace(/\.js$/, '');
  if (allowed.includes(other) || allowed.includes(module)) return null;
  return `src/${room} may import ${allowed.join(', ') || 'no other room'}; not ${module}`;
}
