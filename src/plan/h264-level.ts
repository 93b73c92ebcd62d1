/** H.264's levels, for encoders that have to be told. */
import { perSecond } from '../profile/units.js';
import type { SizedAndTimed } from './shape.js';

/** The largest picture and the most of them, in macroblocks: table A-1 of the standard. */
const levels = [
  { level: '4', frame: 8192, second: 245_760 },
  { level: '4.2', frame: 8704, second: 522_240 },
  { level: '5.1', frame: 36_864, second: 983_040 },
  { level: '5.2', frame: 36_864, second: 2_073_600 },
] as const;

/** The lowest from 4 on that has room: encoders were seen to give nothing at the lowest ones. */
export function h264Level({ width, height, framerate }: SizedAndTimed): string {
  const frame = Math.ceil(width / 16) * Math.ceil(height / 16);
  const second = frame * perSecond(framerate);
  const fits = levels.find((one) => frame <= one.frame && second <= one.second);
  return fits?.level ?? '5.2';
}
