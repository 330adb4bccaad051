/** A decoded picture: `pixels` are [height,width,3] bytes, red first, alpha already composited. */
export interface RgbPicture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}
