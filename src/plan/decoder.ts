/**
 * decodebin's, for pictures alone: a soundtrack is neither decoded nor waited
 * for. Without (ANY) no decoder would do, since what most of them give is
 * written with memory features.
 */
export const decoderProperties = { caps: 'video/x-raw(ANY)', 'expose-all-streams': false } as const;
