import type { Preprocessing } from '../../exporter/contract/manifest.ts';
import { preprocess } from '../../exporter/contract/picture/preprocess.ts';
import type { RgbPicture } from '../../exporter/contract/picture/rgb-picture.ts';

/**
 * A picture as numbers, at the size that the model takes: `hwc` are [height,width,3] values in [0,1],
 * which are yet to be normalised; `chw` are [3,height,width], the network's input as it is.
 */
export interface FloatPicture {
  readonly layout: 'hwc' | 'chw';
  readonly height: number;
  readonly width: number;
  readonly values: Float32Array;
}

/** What a version can be asked about. */
export type ModelInput = RgbPicture | FloatPicture;

/** Whether a model of that preprocessing can take it: decoded pictures are fitted, numbers are not. */
export function fits(input: ModelInput, { height, width }: Preprocessing): boolean {
  return 'pixels' in input || (input.height === height && input.width === width);
}

/** The network's input, [3,height,width], of what `fits`. */
export function networkInput(input: ModelInput, preprocessing: Preprocessing): Float32Array {
  if ('pixels' in input) return preprocess(input, preprocessing);
  return input.layout === 'chw' ? input.values : normaliseValues(input, preprocessing);
}

function normaliseValues(
  { values, height, width }: FloatPicture,
  { mean, std }: Preprocessing,
): Float32Array {
  const area = height * width;
  return Float32Array.from({ length: 3 * area }, (_, position) => {
    const channel = Math.floor(position / area);
    return (values[(position % area) * 3 + channel]! - mean[channel]!) / std[channel]!;
  });
}
