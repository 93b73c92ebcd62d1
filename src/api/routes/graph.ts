import type { RouterContext } from '@koa/router';
import { findCamera } from '../find.js';
import { graphView } from '../graph-view.js';
import { type Operation, pathParameter } from '../operation.js';
import type { CameraDirectory, GraphDirectory, RunningGraphs } from '../ports.js';
import { notFound, problemView } from '../problem.js';

const missing = { description: 'No such camera', schema: problemView };

export function graphOperations(cameras: CameraDirectory, graphs: GraphDirectory): Operation[] {
  const find = (ctx: RouterContext): RunningGraphs => {
    const { name } = findCamera(cameras, pathParameter(ctx, 'camera'));
    const found = graphs.graph(name);
    if (!found) throw notFound(`there is no camera "${name}"`);
    ctx.set('Cache-Control', 'no-store');
    return found;
  };
  const path = '/api/v1/cameras/{camera}/graph';
  return [
    {
      path: `${path}.svg`,
      tag: 'cameras',
      summary: 'The pipelines as they run, with measured rates and drops, as a drawing',
      responses: { 200: { description: 'A drawing', contentType: 'image/svg+xml' }, 404: missing },
      handle(ctx) {
        const { svg } = find(ctx);
        // Its colours are a style sheet of its own; nothing else of it could do anything.
        ctx.set('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'");
        ctx.type = 'image/svg+xml';
        ctx.body = svg();
      },
    },
    {
      path: `${path}.dot`,
      tag: 'cameras',
      summary: 'The same, for graphviz',
      responses: { 200: { description: 'A graph', contentType: 'text/vnd.graphviz' }, 404: missing },
      handle(ctx) {
        const { dot } = find(ctx);
        ctx.type = 'text/vnd.graphviz; charset=utf-8';
        ctx.body = dot();
      },
    },
    {
      path: `${path}.json`,
      tag: 'cameras',
      summary: 'The same, as data',
      responses: { 200: { description: 'Nodes and links', schema: graphView }, 404: missing },
      handle(ctx) {
        ctx.body = find(ctx).json();
      },
    },
  ];
}
