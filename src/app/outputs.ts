import type { Log } from '../base/log.js';
import type { NativePort } from '../native/port.js';
import { MjpegPort } from '../output/mjpeg-port.js';
import { RtspOutput, type RtspStream } from '../output/rtsp.js';
import type { Profile } from '../profile/profile.js';
import { type Addresses, rtspCodec } from './addresses.js';
import type { Cameras } from './cameras.js';
import type { Closers } from './closers.js';
import { explainListen } from './listener.js';

/** Listens for RTSP clients. Rejects with `address-in-use`, `no-permission` or `failed`. */
export async function openRtsp(
  native: NativePort,
  { rtsp }: Profile,
  cameras: Cameras,
  addresses: Addresses,
  closers: Closers,
  log: Log,
): Promise<RtspOutput> {
  const { host, port, udp, multicast } = rtsp;
  const options = {
    host,
    port,
    udpPorts: udp.ports,
    multicast: multicast && { ...multicast, ports: udp.ports },
  };
  const output = await RtspOutput.listen(options, {
    native,
    onEvent: ({ event, ...facts }) => log.info(facts, `RTSP client ${event}`),
    onError: (error) => log.warn({ err: error }, 'the RTSP server gives no numbers'),
  }).catch((error: unknown) => {
    throw explainListen(error, `${host}:${port}`, 'rtsp.port');
  });
  closers.add('RTSP', () => output.close());
  addresses.rtspListens(output.port);
  await output.setStreams(rtspStreams(cameras));
  return output;
}

function rtspStreams(cameras: Cameras): RtspStream[] {
  return cameras.all.flatMap((camera) =>
    camera.streams.flatMap((stream) => {
      const codec = rtspCodec(stream);
      return codec ? [{ camera: camera.name, stream: stream.name, ring: stream.ring, codec }] : [];
    }),
  );
}

/** Listens where streams have a port of their own. Rejects as `openRtsp` does. */
export async function openMjpegPorts(
  { http }: Profile,
  cameras: Cameras,
  addresses: Addresses,
  closers: Closers,
  log: Log,
): Promise<void> {
  for (const camera of cameras.all) {
    for (const stream of camera.streams) {
      const { profile, media } = stream;
      if (profile.codec !== 'jpeg' || profile.port === undefined || !media || !stream.has('mjpeg')) continue;
      const output = new MjpegPort(media, (error) => log.error({ err: error }, 'an MJPEG request failed'));
      const key = `cameras.${camera.name}.streams.${stream.name}.port`;
      const port = await output.listen(http.host, profile.port).catch((error: unknown) => {
        throw explainListen(error, `${http.host}:${profile.port}`, key);
      });
      closers.add(`MJPEG port ${port}`, () => output.close());
      addresses.streamListens(stream, port);
    }
  }
}
