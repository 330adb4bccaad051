import type { Weights } from '../../../trainer/network/weights.ts';
import { build, type NdArray } from '../engine/float64/nd-array.ts';
import * as f64 from '../engine/float64/operations.ts';

/** Mean and biased variance of each channel, and over how many elements. */
export interface ChannelStatistics {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  readonly count: number;
}

export interface Forward {
  /** [N,classes] */
  readonly logits: NdArray;
  /** Of the last stage, averaged over the plane: [N,8 width] */
  readonly features: NdArray;
  /** Of the batch, by normalisation. */
  readonly statistics: ReadonlyMap<string, ChannelStatistics>;
}

/** Parameters and statistics in double precision, by their names in torchvision. */
export type Weights64 = ReadonlyMap<string, NdArray>;

export function toFloat64(weights: Weights): Weights64 {
  return new Map(
    [...weights].map(([name, { shape, data }]) => [name, { shape, data: Float64Array.from(data) }]),
  );
}

/**
 * torchvision's resnet18 as its forward methods have it, in plain loops and double precision: the
 * ImageNet stem where the first filters are 7x7, and one more block where there are weights of one.
 * @param images [N,3,H,W]
 * @param mode `eval()` with the running statistics, or `train()` with those of the batch
 */
export function resnet18Float64(
  weights: Weights64,
  images: NdArray,
  mode: 'eval' | 'train',
): Forward {
  const statistics = new Map<string, ChannelStatistics>();
  const get = (name: string) => weights.get(name)!;

  const conv = (x: NdArray, name: string, stride: number, padding: number) =>
    f64.convolve(x, f64.transpose(get(`${name}.weight`), [2, 3, 1, 0]), stride, padding);

  const batchNorm = (x: NdArray, name: string) => {
    const ofBatch = channelStatistics(x);
    statistics.set(name, ofBatch);
    const { mean, variance } =
      mode === 'train'
        ? ofBatch
        : { mean: get(`${name}.running_mean`).data, variance: get(`${name}.running_var`).data };
    const [gamma, beta] = [get(`${name}.weight`).data, get(`${name}.bias`).data];
    const channels = x.shape[3]!;
    const data = x.data.map((value, position) => {
      const c = position % channels;
      return ((value - mean[c]!) / Math.sqrt(variance[c]! + 1e-5)) * gamma[c]! + beta[c]!;
    });
    return { shape: x.shape, data };
  };

  const basicBlock = (x: NdArray, name: string, stride: number) => {
    const out = f64.relu(batchNorm(conv(x, `${name}.conv1`, stride, 1), `${name}.bn1`));
    const residual = batchNorm(conv(out, `${name}.conv2`, 1, 1), `${name}.bn2`);
    const downsample = `${name}.downsample`;
    const identity = weights.has(`${downsample}.0.weight`)
      ? batchNorm(conv(x, `${downsample}.0`, stride, 0), `${downsample}.1`)
      : x;
    return f64.relu(f64.add(residual, identity));
  };

  const imagenet = get('conv1.weight').shape[3] === 7;
  const input = f64.transpose(images, [0, 2, 3, 1]);
  const first = imagenet ? conv(input, 'conv1', 2, 3) : conv(input, 'conv1', 1, 1);
  let x = f64.relu(batchNorm(first, 'bn1'));
  if (imagenet) x = f64.maxPool3x3(x);
  for (const stage of [1, 2, 3, 4]) {
    x = basicBlock(x, `layer${stage}.0`, stage === 1 ? 1 : 2);
    x = basicBlock(x, `layer${stage}.1`, 1);
  }
  if (weights.has('extra.0.conv1.weight')) x = basicBlock(x, 'extra.0', 1);
  const features = f64.reduce(x, f64.average, [1, 2]);
  const logits = f64.add(f64.matMul(features, get('fc.weight'), false, true), get('fc.bias'));
  return { logits, features, statistics };
}

function channelStatistics(x: NdArray): ChannelStatistics {
  const channels = x.shape[3]!;
  const count = x.data.length / channels;
  const mean = new Float64Array(channels);
  x.data.forEach((value, position) => {
    mean[position % channels]! += value / count;
  });
  const variance = new Float64Array(channels);
  x.data.forEach((value, position) => {
    variance[position % channels]! += (value - mean[position % channels]!) ** 2 / count;
  });
  return { mean, variance, count };
}

/** The row of `labels` each as one-hot, [N,classes]. */
export function oneHot64(labels: readonly number[], classes: number): NdArray {
  return build([labels.length, classes], ([row, label]) => Number(labels[row!] === label));
}
