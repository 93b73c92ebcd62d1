import { messageOf, TeecamError } from '../base/error.js';
import { type Reason, reason as reasonSchema } from './messages.js';

/** Why a camera has no picture. */
export interface Fault {
  reason: Reason;
  /** A sentence for people. */
  detail: string;
}

/** An error that a camera shows as this reason. */
export function faultError(reason: Reason, detail: string, cause?: unknown): TeecamError {
  return new TeecamError('refused', detail, { details: { coreCode: reason }, cause });
}

/** What the core answered, or the planner threw, as a fault: anything unknown is `failed`. */
export function faultOf(error: unknown): Fault {
  const code = error instanceof TeecamError ? error.details['coreCode'] : undefined;
  return { reason: reasonOf(code), detail: messageOf(error) };
}

/** What is no reason is `failed`. */
export function reasonOf(code: unknown): Reason {
  return reasonSchema.safeParse(code).data ?? 'failed';
}
