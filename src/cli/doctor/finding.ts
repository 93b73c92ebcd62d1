import type { ErrorCode } from '../../base/error.js';

/** What one look at the machine found. `code` decides how the program ends when it is a fault. */
export type Finding = { check: string; message: string; fix: string | null } & (
  | { level: 'ok' | 'warning' }
  | { level: 'fault'; code: ErrorCode }
);

export function fine(check: string, message: string): Finding {
  return { check, level: 'ok', message, fix: null };
}

/** It will run, but not as somebody may expect. */
export function warning(check: string, message: string, fix: string | null = null): Finding {
  return { check, level: 'warning', message, fix };
}

/** `teecam run` would end, or show no picture, because of it. */
export function fault(check: string, code: ErrorCode, message: string, fix: string | null): Finding {
  return { check, level: 'fault', code, message, fix };
}
