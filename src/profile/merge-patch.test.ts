import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { applyPatch, patchAt, patchBetween, pathsOf } from './merge-patch.js';

test('the examples of RFC 7396', () => {
  const cases: [unknown, unknown, unknown][] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ];
  for (const [target, patch, result] of cases) assert.deepEqual(applyPatch(target, patch), result);
});

test('names that objects have by themselves are names like others', () => {
  for (const name of ['constructor', 'prototype', '__proto__', 'hasOwnProperty']) {
    const value = JSON.parse(`{"${name}": {"source": "test"}, "other": 1}`);
    const made = applyPatch({}, value);
    assert.deepEqual(Object.keys(made as object), [name, 'other']);
    assert.equal(JSON.stringify(made), JSON.stringify(value));
    assert.equal(JSON.stringify(patchBetween({}, value)), JSON.stringify(value));
  }
});

test('the patch between two values makes the one of the other, in the order of the first', () => {
  const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.integer(), { maxLength: 2 }));
  const key = fc.constantFrom('a', 'b', 'c', 'constructor');
  const tree = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 3 }, leaf, fc.dictionary(key, tie('value'), { noNullPrototype: true })),
  })).value;
  fc.assert(
    fc.property(tree, tree, (before, after) => {
      const patch = patchBetween(before, after);
      assert.deepEqual(patch === undefined ? before : applyPatch(before, patch), after);
    }),
  );
  assert.equal(patchBetween({ a: { b: [1] } }, { a: { b: [1] } }), undefined);
  const cameras = { front: {}, back: {} };
  const patch = patchBetween(cameras, { back: {}, front: {}, side: {} });
  assert.deepEqual(Object.keys(applyPatch(cameras, patch) as object), ['front', 'back', 'side']);
});

test('a patch at a place, and the places of a patch', () => {
  const patch = patchAt(['cameras', 'front'], { source: 'test', capture: null, streams: { low: {} } });
  assert.deepEqual(patch, { cameras: { front: { source: 'test', capture: null, streams: { low: {} } } } });
  assert.deepEqual(patchAt(['cameras', 'front'], null), { cameras: { front: null } });
  const paths = pathsOf(patch).map((path) => path.join('.'));
  assert.deepEqual(paths, ['cameras.front.source', 'cameras.front.capture', 'cameras.front.streams.low']);
});
