import { socketPath } from '../app/socket-folder.js';
import { redact } from '../base/redact.js';
import type { Capabilities } from '../plan/capabilities.js';
import { describeDelivery, passesThrough } from '../plan/delivery.js';
import { shmsinkAreaBytes } from '../plan/shmsink.js';
import { outputsOf } from '../profile/outputs.js';
import type { BranchProfile, CameraProfile, Profile } from '../profile/profile.js';
import { formatFramerate } from '../profile/units.js';
import { fileSize } from '../ring/layout.js';
import { arrangementsOf } from './graph.js';

/** What a profile makes: cameras, streams with their addresses, encoders, and the memory of the rings. */
export function summarize(profile: Profile, capabilities: Capabilities): string {
  const lines: string[] = [];
  let total = 0;
  for (const { stage } of arrangementsOf(profile, capabilities)) {
    const { plan, branches, delivery } = stage;
    const camera = profile.cameras[plan.camera];
    if (!camera) continue;
    lines.push(`camera ${plan.camera}: ${describeCamera(camera)}`);
    for (const branch of plan.branches) {
      const stream = branches.all[branch.stream];
      const geometry = stage.rings[branch.stream];
      if (!stream || !geometry) continue;
      const bytes = fileSize(geometry);
      total += bytes + (outputsOf(stream).includes('shmsink') ? shmsinkAreaBytes(stream) : 0);
      const encoder = plan.graph.nodes.find((node) => node.id === branch.encoder)?.element;
      const passed = passesThrough(stream, delivery)
        ? `passed through from ${describeDelivery(delivery)}`
        : null;
      lines.push(
        `  ${branch.stream}: ${[describeStream(stream), passed ?? encoder ?? []].flat().join(', ')}`,
      );
      const ring = `${branch.ring} (${megabytes(bytes)})`;
      if (camera.streams[branch.stream] === undefined) {
        lines.push(`    ${ring}, private, for MJPEG and pictures of streams of this size and rate`);
        continue;
      }
      lines.push(...addresses(profile, plan.camera, branch.stream, stream, ring).map((one) => `    ${one}`));
    }
  }
  lines.push(`rings: ${megabytes(total)} of /dev/shm`);
  return `${lines.join('\n')}\n`;
}

function describeCamera({ source, capture }: CameraProfile): string {
  const format = capture.format === null ? '' : `${capture.format} `;
  const size = `${capture.width}x${capture.height} at ${formatFramerate(capture.framerate)}`;
  return `${redact(source.map((one) => one.text).join(', '))}, asked for ${format}${size}`;
}

function describeStream(stream: BranchProfile): string {
  const size = `${stream.width}x${stream.height} at ${formatFramerate(stream.framerate)}`;
  switch (stream.codec) {
    case 'h264':
      return `h264 ${size}, ${Math.round(stream.bitrateBps / 1000)} kbit/s`;
    case 'h265':
      return `h265 ${size}`;
    case 'jpeg':
      return `jpeg ${size}, quality ${stream.quality}`;
    case 'raw':
      return `raw ${stream.format} ${size}`;
  }
}

function addresses(
  profile: Profile,
  camera: string,
  name: string,
  stream: BranchProfile,
  ring: string,
): string[] {
  const outputs = outputsOf(stream);
  const { http, rtsp } = profile;
  const path = `/${camera}/${name}`;
  const own = stream.codec === 'jpeg' && stream.port !== undefined ? stream.port : null;
  const all: [boolean, string][] = [
    [outputs.includes('rtsp'), `rtsp://${host(rtsp.host)}:${rtsp.port}${path}`],
    ...(['ts', 'mp4'] as const).map((container): [boolean, string] => [
      outputs.includes(container),
      `http://${host(http.host)}:${http.port}${path}.${container}`,
    ]),
    [outputs.includes('ws'), `ws://${host(http.host)}:${http.port}${path}/ws`],
    [outputs.includes('mjpeg'), `http://${host(http.host)}:${http.port}${path}.mjpg`],
    [own !== null && outputs.includes('mjpeg'), `http://${host(http.host)}:${own}/`],
    [outputs.includes('picture'), `http://${host(http.host)}:${http.port}${path}.jpg`],
    [outputs.includes('shm'), ring],
    [!outputs.includes('shm'), `${ring}, private`],
    [
      outputs.includes('shmsink'),
      `${stream.shmsink ?? socketPath(profile.instance, camera, name)} for shmsrc (${megabytes(shmsinkAreaBytes(stream))})`,
    ],
  ];
  return all.flatMap(([has, address]) => (has ? [address] : []));
}

function host(name: string): string {
  return name.includes(':') && !name.startsWith('[') ? `[${name}]` : name;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
