import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { shippedPlans } from '../../test/support/plans.js';
import { shippedProfiles } from '../../test/support/profiles.js';
import { repositoryUrl } from '../../test/support/repository.js';
import type { GraphNode } from './graph.js';
import { packageOf } from './packages.js';
import { renderText } from './render/text.js';

const graphs = new URL('test/data/graphs/', repositoryUrl);

for (const name of shippedProfiles) {
  test(`the graphs of ${name} are those that were looked at`, () => {
    const file = new URL(`${name}.txt`, graphs);
    // A file's path begins where the repository is, which is elsewhere on every machine.
    const text = shippedPlans(name).map(renderText).join('\n').replaceAll(fileURLToPath(repositoryUrl), '');
    if (process.env['UPDATE_GRAPHS'] === '1') writeFileSync(file, text);
    assert.equal(
      text,
      readFileSync(file, 'utf8'),
      'if the change is meant: UPDATE_GRAPHS=1 npm test, and look at the difference',
    );
  });
}

const inspect = '/usr/bin/gst-inspect-1.0';
/** Not part of every machine: an extra that a plan has only where it is there. */
const optional = new Set(['timeoverlay']);

test('GStreamer has every element and property of the shipped graphs', {
  skip: existsSync(inspect) ? false : 'gstreamer1.0-tools is not installed',
}, () => {
  const nodes = shippedProfiles
    .flatMap(shippedPlans)
    .flatMap(({ source, stage }) => [...source.graph.nodes, ...stage.graph.nodes])
    .filter(({ element }) => packageOf[element] !== 'teecam');
  const elements = [...new Set(nodes.map((node) => node.element))];
  assert.ok(elements.length > 10);
  for (const element of elements) {
    const run = spawnSync(inspect, [element], { encoding: 'utf8' });
    if (run.status !== 0 && optional.has(element)) continue;
    assert.equal(run.status, 0, `GStreamer has no ${element}: ${run.stderr}`);
    for (const node of nodes.filter((one) => one.element === element)) checkProperties(node, run.stdout);
  }
});

/** Names, and the nicks of enumerations, as gst-inspect lists them. */
function checkProperties({ id, element, properties }: GraphNode, listing: string): void {
  for (const [name, value] of Object.entries(properties)) {
    const [, entry] = listing.split(new RegExp(`^ {2}${name} *: `, 'm'));
    assert.ok(entry, `${id}: ${element} has no property ${name}`);
    const [own = ''] = entry.split(/^ {2}[a-z][a-z0-9-]* *: /m);
    if (/^ *Enum /m.test(own)) {
      assert.match(own, new RegExp(`^ *\\([0-9a-fx]+\\): ${value} +-`, 'm'), `${id}: ${name}=${value}`);
    }
    if (/^ *(Unsigned )?Integer/m.test(own)) assert.equal(typeof value, 'number', `${id}: ${name}`);
    if (/^ *Boolean/m.test(own)) assert.equal(typeof value, 'boolean', `${id}: ${name}`);
  }
}
