import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child, output } from '../support/child.js';
import { repository } from '../support/repository.js';

export type UsbFormat = 'mjpeg' | 'yuyv' | 'h264';
/** What it does, see usb_camera.py. */
export type UsbMode = 'play' | 'hold' | 'deaf' | 'error' | 'cut';

export interface UsbCameraOptions {
  /** 0 to 7. */
  port: number;
  /** Empty: it has none. */
  serial: string;
  /** What it sees, of videotestsrc. */
  pattern: string;
  /** Which of its 40 pictures it begins with when it is plugged in; of H.264, only every twentieth is a key frame. */
  first?: number;
  format: UsbFormat;
  width: number;
  height: number;
  framerate: number;
}

const encoders: Record<UsbFormat, string[]> = {
  mjpeg: ['!', 'jpegenc'],
  yuyv: ['!', 'videoconvert', '!', 'video/x-raw,format=YUY2'],
  h264: [
    ...['!', 'x264enc', 'key-int-max=20', 'tune=zerolatency', 'threads=1'],
    ...['!', 'video/x-h264,stream-format=byte-stream,alignment=au'],
  ],
};

/** A webcam whose plug is in the test's hand. */
export class UsbCamera implements AsyncDisposable {
  readonly #options: UsbCameraOptions;
  readonly #folder: string;
  #child: Child | null = null;

  private constructor(options: UsbCameraOptions, folder: string) {
    this.#options = options;
    this.#folder = folder;
  }

  /** With its pictures made, but not plugged in. */
  static async make(options: UsbCameraOptions): Promise<UsbCamera> {
    const folder = await mkdtemp(join(tmpdir(), 'teecam-usb-'));
    const { width, height, framerate, format, pattern } = options;
    const caps = `video/x-raw,width=${width},height=${height},framerate=${framerate}/1`;
    await output('mkdir', [join(folder, 'frames')]);
    await output('gst-launch-1.0', [
      ...['-q', 'videotestsrc', `pattern=${pattern}`, 'num-buffers=40', '!', caps, ...encoders[format]],
      ...['!', 'multifilesink', `location=${join(folder, 'frames', '%03d')}`],
    ]);
    const camera = new UsbCamera(options, folder);
    await camera.mode('play');
    return camera;
  }

  async mode(mode: UsbMode): Promise<void> {
    await writeFile(join(this.#folder, 'mode'), mode);
  }

  /** Whether the driver hands on frames that it knows are damaged, of those that are plugged in from now on. */
  static async keepDamaged(): Promise<void> {
    await writeFile('/sys/module/uvcvideo/parameters/nodrop', '1');
  }

  /** The kernel takes some moments to find out what it is. */
  plug(): void {
    const { port, serial, format, width, height, framerate, first = 0 } = this.#options;
    this.#child = new Child('/usr/bin/python3', [
      join(repository, 'test', 'vm', 'usb_camera.py'),
      ...['--port', `${port}`, '--serial', serial, '--format', format, '--size', `${width}x${height}`],
      ...['--rate', `${framerate}`, '--frames', join(this.#folder, 'frames')],
      ...['--first', `${first}`, '--mode', join(this.#folder, 'mode')],
    ]);
  }

  async unplug(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child && !child.running) throw new Error(`the camera had ended\n${child.stderr}`);
    await child?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child?.[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
