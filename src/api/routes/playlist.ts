import type { Operation } from '../operation.js';
import type { CameraDirectory } from '../ports.js';
import type { CameraView, StreamView } from '../views.js';

/** A list of every stream that VLC, Kodi and others open. */
export function playlistOperation(directory: CameraDirectory): Operation {
  return {
    path: '/playlist.m3u',
    tag: 'media',
    summary: 'Every stream, for players that open lists',
    responses: { 200: { description: 'A list', contentType: 'audio/x-mpegurl' } },
    handle(ctx) {
      ctx.set('Cache-Control', 'no-store');
      ctx.type = 'audio/x-mpegurl; charset=utf-8';
      ctx.body = playlist(directory.cameras(), ctx.get('host'));
    },
  };
}

/** `host`: as the client calls this machine, port and all; empty if it does not say. */
export function playlist(cameras: readonly CameraView[], host: string): string {
  const lines = cameras.flatMap((camera) =>
    camera.streams.flatMap((stream) => {
      const address = best(stream);
      const name = `${camera.name}/${stream.name}`;
      return address === null ? [] : [`#EXTINF:-1,${name}`, reachedBy(host, address)];
    }),
  );
  return ['#EXTM3U', ...lines, ''].join('\n');
}

/** What every player opens; Debian's VLC has no RTSP. */
function best({ addresses }: StreamView): string | null {
  return addresses.ts ?? addresses.mp4 ?? addresses.mjpeg ?? addresses.rtsp;
}

/** Our own idea of the host may be 0.0.0.0, or unknown where the client is. */
function reachedBy(host: string, address: string): string {
  const own = new URL(address);
  if (host === '' || !URL.canParse(`http://${host}`)) return address;
  const seen = new URL(`http://${host}`);
  // RTSP has another port than the one that was asked; `host` of a scheme that URL does not know cannot be set.
  const there = own.protocol === 'http:' ? seen.host : `${seen.hostname}:${own.port}`;
  return `${own.protocol}//${there}${own.pathname}`;
}
