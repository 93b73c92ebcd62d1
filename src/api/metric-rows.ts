/** Metrics that have one value for each camera, stream, MJPEG output or kind of session. */
import type { MjpegStats, MuxedStats, SessionTally } from './ports.js';
import type { CameraView, JpegBranchView, StreamView } from './views.js';

export interface Row<T> {
  name: string;
  help: string;
  type: 'counter' | 'gauge';
  /** Null: there is no value now, so there is no sample. */
  value: (subject: T) => number | null;
}

const seconds = (ms: number | null) => (ms === null ? null : ms / 1000);

export const cameraRows: Row<CameraView>[] = [
  {
    name: 'teecam_camera_captured_frames_total',
    help: 'Frames that the source delivered',
    type: 'counter',
    value: (camera) => camera.captured,
  },
  {
    name: 'teecam_camera_dropped_frames_total',
    help: 'Captured frames replaced by a newer one before they were processed',
    type: 'counter',
    value: (camera) => camera.dropped,
  },
  {
    name: 'teecam_camera_undecodable_frames_total',
    help: 'Captured frames that were broken, or H.264 before a key frame, and were kept from viewers',
    type: 'counter',
    value: (camera) => camera.undecodable,
  },
  {
    name: 'teecam_camera_slate_frames_total',
    help: 'Frames of the slate shown instead of the camera',
    type: 'counter',
    value: (camera) => camera.slates,
  },
  {
    name: 'teecam_camera_worker_restarts_total',
    help: "Starts of the camera's worker after the first",
    type: 'counter',
    value: (camera) => camera.restarts,
  },
  {
    name: 'teecam_camera_source_framerate',
    help: 'Frames a second that the source delivers, measured',
    type: 'gauge',
    value: (camera) => camera.source.measuredFramerate,
  },
];

export const streamRows: Row<StreamView>[] = [
  {
    name: 'teecam_stream_open',
    help: 'Whether the branch runs',
    type: 'gauge',
    value: (stream) => (stream.open ? 1 : 0),
  },
  {
    name: 'teecam_stream_published_frames_total',
    help: 'Frames published in the ring',
    type: 'counter',
    value: (stream) => stream.published,
  },
  {
    name: 'teecam_stream_encoded_frames_total',
    help: 'Frames that entered the encoder',
    type: 'counter',
    value: (stream) => stream.encoded,
  },
  {
    name: 'teecam_stream_key_frames_total',
    help: 'Key frames published',
    type: 'counter',
    value: (stream) => stream.keyFrames,
  },
  {
    name: 'teecam_stream_bytes_total',
    help: 'Bytes published in the ring',
    type: 'counter',
    value: (stream) => stream.bytes,
  },
  {
    name: 'teecam_stream_dropped_frames_total',
    help: 'Frames lost between the tee and the ring',
    type: 'counter',
    value: (stream) => stream.dropped,
  },
  {
    name: 'teecam_stream_framerate',
    help: 'Frames a second published, measured',
    type: 'gauge',
    value: (stream) => stream.measuredFramerate,
  },
  {
    name: 'teecam_stream_latency_seconds',
    help: 'Capture to publication of the newest frame',
    type: 'gauge',
    value: (stream) => seconds(stream.latencyMs),
  },
  {
    name: 'teecam_stream_frame_age_seconds',
    help: 'Age of the newest frame now',
    type: 'gauge',
    value: (stream) => seconds(stream.ageMs),
  },
  {
    name: 'teecam_stream_load_steps',
    help: 'Steps by which it is below what the profile says, since the machine cannot keep up',
    type: 'gauge',
    value: (stream) => stream.load?.steps.length ?? 0,
  },
  {
    name: 'teecam_rtsp_clients',
    help: 'RTSP clients that are playing',
    type: 'gauge',
    value: (stream) => stream.readers.rtsp,
  },
];

export const jpegBranchRows: Row<JpegBranchView>[] = [
  {
    name: 'teecam_jpeg_branch_open',
    help: 'Whether the JPEG branch beside streams of another codec runs',
    type: 'gauge',
    value: (branch) => (branch.open ? 1 : 0),
  },
  {
    name: 'teecam_jpeg_branch_encoded_frames_total',
    help: 'Frames that entered its encoder',
    type: 'counter',
    value: (branch) => branch.encoded,
  },
  {
    name: 'teecam_jpeg_branch_dropped_frames_total',
    help: 'Frames lost between the tee and its ring',
    type: 'counter',
    value: (branch) => branch.dropped,
  },
];

export const muxedRows: Row<MuxedStats>[] = [
  {
    name: 'teecam_muxed_frames_total',
    help: 'Frames put into MPEG-TS and MP4',
    type: 'counter',
    value: (stats) => stats.frames,
  },
  {
    name: 'teecam_muxed_dropped_total',
    help: 'Of these, lost since the appliance was too busy to take them',
    type: 'counter',
    value: (stats) => stats.dropped,
  },
];

export const mjpegRows: Row<MjpegStats>[] = [
  { name: 'teecam_mjpeg_clients', help: 'MJPEG clients', type: 'gauge', value: (stats) => stats.clients },
  {
    name: 'teecam_mjpeg_frames_total',
    help: 'Frames sent to MJPEG clients, all together',
    type: 'counter',
    value: (stats) => stats.frames,
  },
  {
    name: 'teecam_mjpeg_skipped_frames_total',
    help: 'Frames that an MJPEG client was too slow for',
    type: 'counter',
    value: (stats) => stats.skipped,
  },
];

export const sessionRows: Row<SessionTally>[] = [
  { name: 'teecam_sessions', help: 'Sessions that are open', type: 'gauge', value: (tally) => tally.open },
  {
    name: 'teecam_sessions_opened_total',
    help: 'Sessions that began',
    type: 'counter',
    value: (tally) => tally.opened,
  },
  {
    name: 'teecam_session_bytes_total',
    help: 'Bytes that viewers took; over UDP, that they were sent',
    type: 'counter',
    value: (tally) => tally.bytes,
  },
  {
    name: 'teecam_session_dropped_frames_total',
    help: 'Frames that viewers were too slow for',
    type: 'counter',
    value: (tally) => tally.dropped,
  },
  {
    name: 'teecam_session_blocked_seconds_total',
    help: 'How long something has waited for slow viewers',
    type: 'counter',
    value: (tally) => seconds(tally.blockedMs),
  },
];
