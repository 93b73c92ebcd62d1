import type { Server } from 'node:http';
import { TeecamError } from '../base/error.js';
import type { Log } from '../base/log.js';
import type { NativePort } from '../native/port.js';
import { RtspOutput, type RtspStream } from '../output/rtsp.js';
import type { Profile } from '../profile/profile.js';
import type { SessionBook } from '../session/book.js';
import type { Access } from './access.js';
import { type Addresses, rtspCodec } from './addresses.js';
import type { Camera } from './camera.js';
import type { Cameras } from './cameras.js';
import { explainListen, hostAndPort } from './listener.js';
import { MjpegPorts } from './mjpeg-ports.js';

/** Listens for RTSP clients. Rejects with `address-in-use`, `no-permission` or `failed`. */
export async function openRtsp(
  native: NativePort,
  { rtsp }: Profile,
  { access, addresses, book, log }: { access: Access; addresses: Addresses; book: SessionBook; log: Log },
): Promise<RtspOutput> {
  const { host, port, udp, multicast } = rtsp;
  const options = {
    host,
    port,
    udpPorts: udp.ports,
    multicast: multicast && { ...multicast, ports: udp.ports },
    users: access.rtspUsers,
  };
  const output = await RtspOutput.listen(options, {
    native,
    book,
    onEvent: (told) => {
      const { event, ...facts } = told;
      if (told.event === 'refused') access.rtspRefused(told.address, told.reason);
      else log.info(facts, `RTSP client ${event}`);
    },
    onError: (error) => log.warn({ err: error }, 'the RTSP server gives no numbers'),
  }).catch((error: unknown) => {
    throw explainListen(error, hostAndPort(host, port), 'rtsp.port');
  });
  addresses.rtspListens(output.port);
  return output;
}

/** What of the cameras RTSP carries. */
export function rtspStreams(cameras: readonly Camera[]): RtspStream[] {
  return cameras.flatMap((camera) =>
    camera.streams.flatMap((stream) => {
      const codec = rtspCodec(stream.branch);
      const backlog = camera.profile.buffers.rtsp;
      return codec ? [{ camera: camera.name, stream: stream.name, ring: stream.ring, codec, backlog }] : [];
    }),
  );
}

/** Ports of streams' own, none of them open yet. */
export function mjpegPorts(
  { http }: Profile,
  { guard }: Access,
  cameras: Cameras,
  { bound, log }: { bound(server: Server): void; log: Log },
): MjpegPorts {
  return new MjpegPorts({
    host: http.host,
    guard: {
      protect(server, listener) {
        bound(server);
        guard.protect(server, listener);
      },
    },
    serving(camera, stream) {
      const media = cameras.find(camera)?.streams.find(({ name }) => name === stream)?.media;
      if (!media) throw new TeecamError('unavailable', `there is no stream ${camera}/${stream} now`);
      return media;
    },
    log,
  });
}
