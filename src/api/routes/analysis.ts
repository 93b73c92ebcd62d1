import { z } from 'zod';
import { analysisView } from '../analysis-view.js';
import { findCamera, findStream } from '../find.js';
import { type Operation, pathParameter, readQuery } from '../operation.js';
import type { AnalysisDirectory, CameraDirectory } from '../ports.js';
import { notFound, problemView } from '../problem.js';

const analysisQuery = z.object({
  /** How much of the past, which is waited for. */
  seconds: z.coerce.number().int().min(1).max(60).optional(),
});

export function analysisOperation(cameras: CameraDirectory, directory: AnalysisDirectory): Operation {
  return {
    path: '/api/v1/cameras/{camera}/streams/{stream}/analysis',
    tag: 'cameras',
    summary: 'What a stream is made of, measured while somebody asks',
    query: analysisQuery,
    responses: {
      200: { description: 'Of the last seconds, and since it began', schema: analysisView },
      400: { description: 'The query is wrong', schema: problemView },
      404: { description: 'No such camera or stream', schema: problemView },
      503: { description: 'No frame within five seconds, or a limit; see Retry-After', schema: problemView },
    },
    async handle(ctx) {
      const camera = findCamera(cameras, pathParameter(ctx, 'camera'));
      const { name } = findStream(camera, pathParameter(ctx, 'stream'));
      const { seconds } = readQuery(ctx, analysisQuery);
      const analysis = directory.analysis(camera.name, name);
      if (!analysis) throw notFound(`the stream "${name}" has gone`);
      ctx.set('Cache-Control', 'no-store');
      ctx.body = rounded(await analysis.report(ctx.req, seconds ?? null));
    },
  };
}

/** For people: nobody measures microseconds here. */
function rounded(value: unknown): unknown {
  if (typeof value === 'number') return Math.round(value * 1000) / 1000;
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, rounded(one)]));
}
