import { messageOf } from '../base/error.js';
import type { CoreHandle, NativePort } from '../native/port.js';
import type { Carrier, CarrierEnds } from './carrier.js';

/** A core in this process: for programs that embed Teecam and want no child process, and for tests. */
export function startInProcess(native: NativePort, ends: CarrierEnds): Carrier {
  let handle: CoreHandle | null = null;
  const close = () => {
    const core = handle;
    handle = null;
    core?.close().then(
      () => ends.onEnd('was closed'),
      (error: unknown) => ends.onEnd(`could not be closed: ${messageOf(error)}`),
    );
  };
  try {
    handle = native.createCore((json) => ends.onMessage(json));
  } catch (error) {
    queueMicrotask(() => ends.onEnd(`cannot be started: ${messageOf(error)}`));
  }
  return {
    pid: null,
    send: (json) => handle?.send(json),
    kill: close,
    abandon: () => {}, // there is no process that could be stuck: each close is answered
  };
}
