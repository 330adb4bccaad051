import { randomWeights } from '../../export/random-network.ts';
import { resnet18Float64, toFloat64 } from '../../network/resnet18-float64.ts';
import { stripes } from '../../training/stripes.ts';

export const CLASSES = 3;
export const SIDE = 8;

const architecture = { name: 'resnet18', stem: 'cifar', width: 2, classes: CLASSES } as const;

/** Pictures of 8 x 8 in three classes. */
export const data = stripes({ side: SIDE, test: 135 });

/** An untrained network for them, which answers about a third of them right. */
export const network = {
  architecture,
  weights: randomWeights(architecture, 1),
  preprocessing: data.preprocessing,
};

const weights64 = toFloat64(network.weights);

/** The cross-entropy of a picture [H,W,3], whose bytes need not be whole, in double precision. */
export function lossOf(pixels: ArrayLike<number>, label: number): number {
  const { mean, std } = network.preprocessing;
  const area = SIDE * SIDE;
  const input = Float64Array.from({ length: 3 * area }, (_, index) => {
    const channel = Math.floor(index / area);
    return (pixels[(index % area) * 3 + channel]! / 255 - mean[channel]!) / std[channel]!;
  });
  const images = { shape: [1, 3, SIDE, SIDE], data: input };
  const logits = [...resnet18Float64(weights64, images, 'eval').logits.data];
  const largest = Math.max(...logits);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0);
  return largest + Math.log(sum) - logits[label]!;
}
