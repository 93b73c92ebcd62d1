/** The HTTP side as a Koa app. It does not listen: whoever owns the socket does. */
import Koa from 'koa';
import type { Log } from '../base/log.js';
import type { EventFeed } from './events.js';
import { Metrics } from './metrics.js';
import { openApiDocument } from './openapi.js';
import { type Operation, routerOf } from './operation.js';
import type { Page } from './page.js';
import type {
  AccessCounts,
  AnalysisDirectory,
  CameraDirectory,
  CodecDirectory,
  ControlDirectory,
  DeviceDirectory,
  GraphDirectory,
  MediaDirectory,
  ProfileControl,
  SessionDirectory,
} from './ports.js';
import { problemDoor } from './problem.js';
import { addAliases } from './routes/aliases.js';
import { analysisOperation } from './routes/analysis.js';
import { cameraChanges, streamChanges } from './routes/camera-changes.js';
import { cameraOperations } from './routes/cameras.js';
import { controlOperations } from './routes/controls.js';
import { decoderOperations } from './routes/decoders.js';
import { deviceOperations } from './routes/devices.js';
import { encoderOperations } from './routes/encoders.js';
import { graphOperations } from './routes/graph.js';
import { healthOperations } from './routes/health.js';
import { MediaRoutes } from './routes/media.js';
import { muxedOperations } from './routes/muxed.js';
import { addPage } from './routes/page.js';
import { playlistOperation } from './routes/playlist.js';
import { profileOperations } from './routes/profile.js';
import { profileSchemaOperations } from './routes/profile-schema.js';
import { sessionOperations } from './routes/sessions.js';
import { securityHeaders } from './security.js';
import { giveUpSlowAnswers } from './slow-answer.js';
import { serveSse } from './sse.js';

export interface ApiOptions {
  cameras: CameraDirectory;
  media: MediaDirectory;
  graphs: GraphDirectory;
  analyses: AnalysisDirectory;
  devices: DeviceDirectory;
  codecs: CodecDirectory;
  controls: ControlDirectory;
  control: ProfileControl;
  sessions: SessionDirectory;
  feed: EventFeed;
  access: AccessCounts;
  page: Page;
  log: Log;
  /** An answer that its client takes nothing of for so long is given up. */
  blockedMs(): number;
  /** Of Teecam, for the OpenAPI document and the metrics. */
  version: string;
  /** Messages of pads that were never released, since the start. */
  leakedMessages(): number;
}

export function createApi(options: ApiOptions): Koa {
  const { cameras, feed, control } = options;
  const media = new MediaRoutes(cameras, options.media);
  const metrics = new Metrics(options);
  const operations: Operation[] = [
    ...cameraOperations(cameras),
    ...graphOperations(cameras, options.graphs),
    analysisOperation(cameras, options.analyses),
    ...cameraChanges(cameras, control),
    ...streamChanges(cameras, control),
    ...profileOperations(control),
    ...profileSchemaOperations(),
    ...deviceOperations(options.devices),
    ...sessionOperations(options.sessions),
    ...encoderOperations(options.codecs),
    ...decoderOperations(options.codecs),
    ...controlOperations(cameras, options.controls),
    {
      path: '/api/v1/events',
      tag: 'cameras',
      summary: 'Server-sent events; a WebSocket at the same address carries the same',
      responses: { 200: { description: 'Events as they happen', contentType: 'text/event-stream' } },
      handle: (ctx) => serveSse(ctx, feed),
    },
    ...healthOperations(cameras),
    {
      path: '/metrics',
      tag: 'service',
      summary: 'For Prometheus',
      responses: { 200: { description: 'Metrics', contentType: 'text/plain' } },
      async handle(ctx) {
        ctx.body = await metrics.text();
        ctx.type = metrics.contentType;
      },
    },
    {
      path: '/api/openapi.json',
      tag: 'service',
      summary: 'This document',
      responses: { 200: { description: 'OpenAPI 3.1', contentType: 'application/json' } },
      handle(ctx) {
        ctx.body = document;
      },
    },
    ...media.operations(),
    ...muxedOperations(cameras, options.media),
    playlistOperation(cameras),
  ];
  const document = openApiDocument(operations, options.version);

  const router = routerOf(operations);
  addAliases(router, media);
  addPage(router, options.page);

  const app = new Koa();
  app.silent = true;
  app.on('error', (error: unknown) => options.log.debug({ err: error }, 'a response broke off'));
  app.use(giveUpSlowAnswers(options.blockedMs));
  app.use(securityHeaders);
  app.use(problemDoor(options.log));
  app.use(router.routes());
  app.use(router.allowedMethods());
  return app;
}
