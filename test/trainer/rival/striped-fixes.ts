import type { RgbPicture } from '../../../exporter/contract/picture/rgb-picture.ts';
import { pictureAt } from '../../../trainer/data/picture-set.ts';
import type { EditedModel, EditRequest } from '../../../trainer/editor/edit-method.ts';
import type { Architecture } from '../../../trainer/network/architecture.ts';
import { type Weights, weightsDigest } from '../../../trainer/network/weights.ts';
import { randomWeights } from '../export/random-network.ts';
import { resnet18Float64, toFloat64 } from '../network/resnet18-float64.ts';
import { stripes } from '../training/stripes.ts';

export const SIDE = 8;
export const architecture: Architecture = { name: 'resnet18', stem: 'cifar', width: 2, classes: 3 };
export const data = stripes({ side: SIDE, train: 48, test: 40 });
export const MARGIN = 0.1;

/** An untrained network without a fix. */
export const unfixed: EditedModel = { weights: randomWeights(architecture, 3), overrides: [] };

/** The network's answer in double precision, straight from the definition. */
export function logits64(weights: Weights, picture: RgbPicture): number[] {
  const { mean, std } = data.preprocessing;
  const area = SIDE * SIDE;
  const input = Float64Array.from({ length: 3 * area }, (_, index) => {
    const channel = Math.floor(index / area);
    return (picture.pixels[(index % area) * 3 + channel]! / 255 - mean[channel]!) / std[channel]!;
  });
  const images = { shape: [1, 3, SIDE, SIDE], data: input };
  return [...resnet18Float64(toFloat64(weights), images, 'eval').logits.data];
}

/** l_e by its definition and in double precision. */
export function constraint64(weights: Weights, { picture, label }: EditRequest): number {
  const logits = logits64(weights, picture);
  return Math.max(...logits.filter((_, other) => other !== label)) - logits[label]!;
}

/** A test picture with the label that the unfixed network gives it least. */
export function fixOf(index: number): EditRequest {
  const picture = pictureAt(data.test, index);
  const losses = [0, 1, 2].map((label) => constraint64(unfixed.weights, { picture, label }));
  return { picture, label: losses.indexOf(Math.max(...losses)) };
}

/** Test pictures that the unfixed network gets wrong, with their true labels. */
export function mistakes(): EditRequest[] {
  return Array.from({ length: data.test.count }, (_, index) => ({
    picture: pictureAt(data.test, index),
    label: data.test.labels[index]!,
  })).filter((fix) => constraint64(unfixed.weights, fix) > 0);
}

/** What a model is, to tell whether somebody wrote to it. */
export function snapshot({ weights, overrides }: EditedModel): unknown[] {
  return [weightsDigest(weights), ...overrides];
}
