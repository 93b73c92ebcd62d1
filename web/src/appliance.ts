/** What the page asks of the appliance, beside the events. */
import type { AnalysisView } from '../../dist/src/api/analysis-view.js';
import type { ControlsView } from '../../dist/src/api/control-views.js';
import type { ProblemView } from '../../dist/src/api/problem.js';
import type { DecoderView } from '../../dist/src/api/routes/decoders.js';
import type { DeviceView } from '../../dist/src/api/routes/devices.js';
import type { EncoderView } from '../../dist/src/api/routes/encoders.js';
import type { SessionsView, SessionView } from '../../dist/src/api/session-views.js';
import type { ChangeView, ProfileView } from '../../dist/src/api/views.js';
import type { Schema } from './schema-fields.js';

export interface Change {
  method: 'POST' | 'PATCH' | 'DELETE';
  path: string;
  /** Undefined: the method needs none. */
  body?: object;
}

/** What an answer says is wrong. */
export class Refusal extends Error {
  constructor(readonly problem: ProblemView) {
    super(problem.detail);
  }
}

/** Rejects with a Refusal, or with what `fetch` says when nobody answers. */
export async function ask(change: Change, dryRun: boolean): Promise<ChangeView> {
  const { method, path, body } = change;
  const response = await fetch(`/api/v1${path}${dryRun ? '?dryRun=1' : ''}`, {
    method,
    // A type that a form of another page cannot send.
    headers: { 'Content-Type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return (await answer(response)) as ChangeView;
}

export async function profile(): Promise<ProfileView> {
  return (await answer(await fetch('/api/v1/profile'))) as ProfileView;
}

export async function devices(): Promise<DeviceView[]> {
  return (await answer(await fetch('/api/v1/devices'))) as DeviceView[];
}

export async function encoders(): Promise<EncoderView[]> {
  return (await answer(await fetch('/api/v1/encoders'))) as EncoderView[];
}

export async function decoders(): Promise<DecoderView[]> {
  return (await answer(await fetch('/api/v1/decoders'))) as DecoderView[];
}

/** With the last ten that ended. */
export async function sessions(): Promise<SessionsView> {
  return (await answer(await fetch('/api/v1/sessions?ended=10'))) as SessionsView;
}

export async function endSession(id: string): Promise<SessionView> {
  const headers = { 'Content-Type': 'application/json' };
  return (await answer(await fetch(`/api/v1/sessions/${id}`, { method: 'DELETE', headers }))) as SessionView;
}

/** Answers when it has measured for a second. */
export async function analysis(camera: string, stream: string): Promise<AnalysisView> {
  return (await answer(await fetch(`/api/v1/cameras/${camera}/streams/${stream}/analysis`))) as AnalysisView;
}

export async function controls(camera: string): Promise<ControlsView> {
  return (await answer(await fetch(`/api/v1/cameras/${camera}/controls`))) as ControlsView;
}

/** Null stands for the default. */
export async function changeControls(camera: string, values: object): Promise<ControlsView> {
  return sendControls(camera, { method: 'PATCH', body: JSON.stringify(values) });
}

export async function resetControls(camera: string): Promise<ControlsView> {
  return sendControls(camera, { method: 'DELETE' });
}

async function sendControls(camera: string, init: RequestInit): Promise<ControlsView> {
  const headers = { 'Content-Type': 'application/merge-patch+json' };
  const response = await fetch(`/api/v1/cameras/${camera}/controls`, { ...init, headers });
  return ((await answer(response)) as { result: ControlsView }).result;
}

let schema: Promise<Schema> | null = null;

/** Of the profile; it is the same as long as the appliance runs. */
export function profileSchema(): Promise<Schema> {
  schema ??= fetch('/api/v1/profile/schema').then(answer) as Promise<Schema>;
  schema.catch(() => {
    schema = null; // asked again next time
  });
  return schema;
}

async function answer(response: Response): Promise<unknown> {
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  const body: unknown = isJson ? await response.json() : null;
  if (response.ok && body !== null) return body;
  throw new Refusal(
    (body as ProblemView | null) ?? {
      type: 'about:blank',
      title: response.statusText,
      status: response.status,
      detail: `The appliance answers ${response.status} ${response.statusText}`,
    },
  );
}
