import type { Packet } from './message.js';

/** Where a format keeps what is nearest to its luma: bytes from pixel to pixel, and the first one's place. Green stands for it in RGB. */
const lumaOf: Readonly<Record<string, { step: number; first: number }>> = {
  NV12: { step: 1, first: 0 },
  I420: { step: 1, first: 0 },
  GRAY8: { step: 1, first: 0 },
  YUY2: { step: 2, first: 0 },
  RGB: { step: 3, first: 1 },
  BGR: { step: 3, first: 1 },
};

/** Pixels looked at along each side: enough to tell a covered lens, at no cost. */
const samples = 24;

/** Mean of the picture, 0 to 1; null for encoded frames. */
export function meanBrightness({ component, payload, planes }: Packet): number | null {
  const luma = lumaOf[component.format];
  const [plane] = planes;
  if (component.codec !== 'raw' || !luma || !plane) return null;
  let sum = 0;
  for (let row = 0; row < samples; row++) {
    const y = Math.floor(((row + 0.5) / samples) * component.height);
    for (let column = 0; column < samples; column++) {
      const x = Math.floor(((column + 0.5) / samples) * component.width);
      sum += payload[plane.offset + y * plane.stride + x * luma.step + luma.first] ?? 0;
    }
  }
  return sum / (samples * samples * 255);
}
