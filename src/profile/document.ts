import { isMap, isSeq, LineCounter, type Node, type Pair, parseDocument, Scalar } from 'yaml';
import { type Fault, type Origin, type Path, profileError } from './fault.js';

/** A profile's text: its plain value, and where in the text each key and value stands. */
export interface ProfileDocument {
  value: unknown;
  origin(path: Path, at: 'key' | 'value'): Origin;
}

/** YAML, and JSON, which is a part of it. Throws bad-profile with every fault of the syntax. */
export function parseProfileText(file: string, text: string): ProfileDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    strict: true,
    merge: true,
  });
  const place = (offset: number): Origin => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  // Where one bracket is missing the parser complains once for each that is open there.
  const errors = document.errors.filter(({ pos }, index, all) => pos[0] !== all[index - 1]?.pos[0]);
  const faults = errors.map(
    (error): Fault => ({
      origin: place(error.pos[0]),
      path: [],
      expected: 'YAML or JSON',
      found: `a fault in its syntax: ${error.message}`,
    }),
  );
  if (faults.length > 0) throw profileError(faults);
  return {
    value: plainValue(document, place),
    origin: (path, at) => place(offsetOf(document.contents, path, at)),
  };
}

function plainValue(document: ReturnType<typeof parseDocument>, place: (offset: number) => Origin): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // The library refuses aliases that multiply beyond reason.
    const found = error instanceof Error ? error.message : String(error);
    throw profileError([{ origin: place(0), path: [], expected: 'YAML or JSON', found }]);
  }
}

/** Of the deepest part of the path that the text has. */
function offsetOf(root: unknown, path: Path, at: 'key' | 'value'): number {
  let node = root;
  let offset = start(root);
  for (const [depth, segment] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find((item: Pair) => keyOf(item.key) === String(segment));
      if (!pair) return offset;
      const onKey = at === 'key' && depth === path.length - 1;
      offset = onKey ? start(pair.key) : start(pair.value) || start(pair.key);
      node = pair.value;
    } else if (isSeq(node) && typeof segment === 'number') {
      node = node.items[segment];
      offset = start(node) || offset;
    } else return offset;
  }
  return offset;
}

function keyOf(key: unknown): string {
  return String(key instanceof Scalar ? key.value : key);
}

function start(node: unknown): number {
  return (node as Node | null | undefined)?.range?.[0] ?? 0;
}
