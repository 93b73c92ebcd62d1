import { connect, type Socket } from 'node:net';
import { Child } from '../test/support/child.js';
import { until } from '../test/support/until.js';

const source = 'videotestsrc is-live=true pattern=smpte horizontal-speed=4';
const capture = 'video/x-raw,format=I420,width=1920,height=1080,framerate=60/1';

/** The source alone: what every arrangement pays for the test picture itself. */
export function bareSource(): Child {
  return launch([source, capture, 'fakesink sync=false']);
}

/**
 * What one would write by hand for the default profile: a tee, and in each
 * branch scale, rate, encoder and sink. I420 is asked for in front of the
 * encoder, without which players could not show what it makes; RTP goes to a
 * UDP port instead of an RTSP server, which costs less.
 */
export class PlainPipeline implements AsyncDisposable {
  readonly #child: Child;
  readonly #viewers: (Child | Socket)[] = [];

  private constructor(socket: string, ports: { rtp: number; medium: number; low: number }) {
    const branch = (width: number, height: number, rate: number, ...rest: string[]) =>
      `t. ! queue ! ${[
        'videoscale',
        `video/x-raw,width=${width},height=${height}`,
        'videorate',
        `video/x-raw,framerate=${rate}/1`,
        ...rest,
      ].join(' ! ')}`;
    const mjpeg = (port: number) => ['jpegenc', 'multipartmux', `tcpserversink host=127.0.0.1 port=${port}`];
    this.#child = launch(
      [source, capture, 'tee name=t'],
      [
        branch(
          ...([1920, 1080, 30] as const),
          ...['videoconvert', 'video/x-raw,format=I420', 'x264enc speed-preset=ultrafast tune=zerolatency'],
          ...['rtph264pay', `udpsink host=127.0.0.1 port=${ports.rtp}`],
        ),
        branch(1280, 720, 30, ...mjpeg(ports.medium)),
        branch(640, 480, 15, ...mjpeg(ports.low)),
        branch(
          ...([1920, 1080, 30] as const),
          ...['videoconvert', 'video/x-raw,format=NV12', `shmsink socket-path=${socket} shm-size=100000000`],
        ),
      ],
    );
  }

  /** Running, with a viewer on each branch. */
  static async start(
    socket: string,
    ports: { rtp: number; medium: number; low: number },
  ): Promise<PlainPipeline> {
    const pipeline = new PlainPipeline(socket, ports);
    for (const port of [ports.medium, ports.low]) pipeline.#viewers.push(await reading(port));
    pipeline.#viewers.push(launch([`shmsrc socket-path=${socket} is-live=true`, 'fakesink sync=false']));
    return pipeline;
  }

  get pid(): number {
    return this.#child.pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const viewer of this.#viewers) {
      if (viewer instanceof Child) await viewer[Symbol.asyncDispose]();
      else viewer.destroy();
    }
    await this.#child[Symbol.asyncDispose]();
  }
}

function launch(trunk: readonly string[], branches: readonly string[] = []): Child {
  const words = [trunk.join(' ! '), ...branches].join(' ').split(' ');
  return new Child('gst-launch-1.0', ['-q', ...words]);
}

/** A viewer that takes what comes and keeps nothing. */
function reading(port: number): Promise<Socket> {
  return until(
    `port ${port}`,
    () =>
      new Promise<Socket | false>((resolve) => {
        const socket = connect(port, '127.0.0.1', () => resolve(socket.resume()));
        socket.once('error', () => resolve(false));
      }),
    { withinMs: 10_000 },
  );
}
