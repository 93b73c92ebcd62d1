import sharp, { type Sharp } from 'sharp';
import { messageOf, TeecamError } from '../base/error.js';
import { type SlatePicture, slateSvg } from './slate-svg.js';

/**
 * The picture that viewers see when there is none: raw RGB, rows without
 * padding. Rejects with `bad-image` where its image cannot be shown.
 */
export async function drawSlate(picture: SlatePicture): Promise<Buffer> {
  const { mode, image } = picture.look;
  const svg = slateSvg(picture, await fontsWork());
  if (mode !== 'image' || image === null) return renderRgb(sharp(Buffer.from(svg)));
  const { width, height } = picture;
  const ground = await renderImage(image, picture);
  const raw = { width, height, channels: 3 } as const;
  return renderRgb(sharp(ground, { raw }).composite([{ input: Buffer.from(svg) }]));
}

/** Rejects with `bad-image` for a file that cannot be shown. */
export async function checkImage(path: string): Promise<void> {
  await renderImage(path, { width: 16, height: 16, look: { colours: { background: '#000000' } } });
}

interface Frame {
  width: number;
  height: number;
  look: { colours: { background: string } };
}

/** All of it, as its camera was held, in the slate's size. */
async function renderImage(path: string, { width, height, look }: Frame): Promise<Buffer> {
  const { background } = look.colours;
  try {
    const upright = sharp(path).rotate().flatten({ background });
    return await renderRgb(upright.resize(width, height, { fit: 'contain', background }));
  } catch (error) {
    throw new TeecamError('bad-image', `${path} cannot be shown: ${messageOf(error)}`, { cause: error });
  }
}

function renderRgb(image: Sharp): Promise<Buffer> {
  return image.removeAlpha().toColourspace('srgb').raw().toBuffer();
}

let fonts: Promise<boolean> | undefined;

/** Without a font every letter is drawn as the same empty box. */
export function fontsWork(): Promise<boolean> {
  fonts ??= Promise.all(['A', 'M'].map(renderLetter)).then(([a, m]) => !a?.equals(m ?? a));
  return fonts;
}

function renderLetter(letter: string): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><rect width="40" height="40"/>
    <text y="30" font-size="24" fill="#fff" font-family="DejaVu Sans, Noto Sans, sans-serif">${letter}</text></svg>`;
  return renderRgb(sharp(Buffer.from(svg)));
}
