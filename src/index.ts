/** What a program that embeds Teecam uses. */
export { Analyser, type AnalyserOptions, type AnalyserReport } from './analysis/analyser.js';
export { Appliance, type ApplianceOptions } from './app/appliance.js';
export type { Camera } from './app/camera.js';
export { type ErrorCode, TeecamError } from './base/error.js';
export { createLog, type Log } from './base/log.js';
export type { CameraStatus, Health } from './camera/supervisor.js';
export type { FrameInfo, RingInfo } from './native/port.js';
export { Ring, RingFrame, type RingOpenOptions } from './native/ring.js';
export type { ConsumerCall } from './stream/consumer.js';
export { accepting, rejecting } from './stream/filter.js';
export type {
  AnyMessage,
  Component,
  Message,
  MessageOf,
  MessageType,
  NetworkSignal,
  Packet,
  Protection,
  SignalStatus,
  Skip,
  StartInfo,
  StopCode,
  StopInfo,
  TimeshiftStatus,
} from './stream/message.js';
export { heldMessages, leakedMessages, serviceStatus, stopCodes } from './stream/message.js';
export type { OverflowName, OverflowPolicy, OverflowVerdict, WaitingMessages } from './stream/overflow.js';
export type { Pad } from './stream/pad.js';
export { MessageQueue, type QueueOptions, type QueuePressure } from './stream/queue.js';
export type { Subscription } from './stream/subscription.js';
export type { Connection, Target } from './stream/target.js';
