import { encode } from 'fast-png';
import type { RgbPicture } from '../../../exporter/contract/picture/rgb-picture.ts';

/** A picture as a PNG in a data URI. */
export function pictureDataUri({ width, height, pixels }: RgbPicture): string {
  const png = encode({ width, height, data: pixels, channels: 3, depth: 8 });
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}
