/** An address of the API: what routes are made from, and the OpenAPI document too. */
import Router, { type RouterContext } from '@koa/router';
import type { z } from 'zod';
import { faultView } from '../profile/fault.js';
import { findingsOf } from '../profile/issues.js';
import { badRequest } from './problem.js';

export interface OperationResponse {
  description: string;
  /** JSON of this shape; without it, the body is `contentType`. */
  schema?: z.ZodType;
  contentType?: string;
}

export interface OperationBody {
  contentTypes: readonly [string, ...string[]];
  description: string;
}

export type Method = 'get' | 'post' | 'patch' | 'delete';

export interface Operation {
  /** `get` unless it says so. */
  method?: Method;
  /** As OpenAPI writes it: `/api/v1/cameras/{camera}`. HEAD comes with GET. */
  path: string;
  tag: 'cameras' | 'sessions' | 'profile' | 'media' | 'service';
  summary: string;
  query?: z.ZodObject;
  /** What is sent with it, by content type. */
  body?: OperationBody;
  responses: Readonly<Record<number, OperationResponse>>;
  handle(ctx: RouterContext): void | Promise<void>;
}

export function routerOf(operations: readonly Operation[]): Router {
  const router = new Router();
  for (const operation of operations) {
    const path = operation.path.replaceAll(/\{(\w+)\}/g, ':$1');
    router[operation.method ?? 'get'](path, async (ctx) => operation.handle(ctx));
  }
  return router;
}

/** A parameter of the path; the route guarantees that it is there. */
export function pathParameter(ctx: RouterContext, name: string): string {
  const value = ctx.params[name];
  if (value === undefined) throw new Error(`the route of ${ctx.path} has no {${name}}`);
  return value;
}

/** The query, checked. Unknown keys pass: programs add a time to pictures against caches. */
export function readQuery<T extends z.ZodObject>(ctx: RouterContext, schema: T): z.output<T> {
  const result = schema.safeParse({ ...ctx.query });
  if (result.success) return result.data;
  const errors = findingsOf(result.error.issues, ctx.query).map((finding) =>
    faultView({ ...finding, origin: null }, { asked: true }),
  );
  const fields = [...new Set(errors.map((error) => error.field))].join(', ');
  throw badRequest(`the query is wrong: ${fields}`, errors);
}
