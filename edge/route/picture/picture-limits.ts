import { PictureError } from '../../../exporter/contract/picture/picture-error.ts';
import { EdgeError } from '../edge-error.ts';

export interface PictureLimits {
  readonly maxBodyBytes: number;
  /** Over all pictures of a request. */
  readonly maxPixels: number;
  readonly maxPictures: number;
}

/** @throws EdgeError TOO_MANY_PICTURES */
export function checkCount(
  count: number,
  { maxPictures }: Pick<PictureLimits, 'maxPictures'>,
): void {
  if (count <= maxPictures) return;
  throw new EdgeError(
    'TOO_MANY_PICTURES',
    `The request holds ${count} pictures, of which at most ${maxPictures} are taken.`,
  );
}

/** Holds the pixels of a tensor against the bound. @throws PictureError PICTURE_TOO_LARGE */
export function checkPixels(pixels: number, maxPixels: number): void {
  if (pixels <= maxPixels) return;
  throw new PictureError(
    'PICTURE_TOO_LARGE',
    `The tensor has ${pixels} pixels, of which at most ${maxPixels} are taken; send fewer.`,
  );
}
