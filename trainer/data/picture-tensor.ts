import { z } from 'zod';
import type { SafeTensor } from '../checkpoint/safe-tensor.ts';
import type { PictureSet } from './picture-set.ts';

/** What a tensor of pictures does not say. */
export const DescribedSetSchema = z.strictObject({
  name: z.string(),
  labels: z.array(z.int().min(0)),
});

/** The pictures of a set as a tensor [N,H,W,3]. */
export function pictureTensor({ count, height, width, pixels }: PictureSet): SafeTensor {
  return { dtype: 'U8', shape: [count, height, width, 3], data: pixels };
}

export function describeSet({ name, labels }: PictureSet): z.input<typeof DescribedSetSchema> {
  return { name, labels: [...labels] };
}

/** The set whose pictures a tensor holds. @throws TypeError where it holds none */
export function setOfTensor(
  tensor: SafeTensor | undefined,
  { name, labels }: z.output<typeof DescribedSetSchema>,
  labelNames: readonly string[],
): PictureSet {
  if (tensor?.dtype !== 'U8') throw new TypeError('Pictures are bytes.');
  const [count, height, width] = tensor.shape as [number, number, number];
  const pixels = tensor.data;
  return { name, height, width, count, labelNames, pixels, labels: Uint16Array.from(labels) };
}
