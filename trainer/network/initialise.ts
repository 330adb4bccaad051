import { randomFor } from '../data/random.ts';
import { elementCount } from '../engine/shape.ts';
import { type Architecture, parameterShapes, stageOf, statisticShapes } from './architecture.ts';
import type { HostTensor, Weights } from './weights.ts';

/**
 * Weights to train from: filters from N(0, 2 / (out * kh * kw)) (He et al. 2015, arXiv 1502.01852, as
 * torchvision does it), the classifier uniform in +-1/sqrt(features), normalisation the identity. The
 * last normalisation of an extra block starts from 0, so that the block passes on what it takes (Goyal et
 * al. 2017, arXiv 1706.02677, section 5.1).
 */
export function initialWeights(architecture: Architecture, seed: number): Weights {
  const weights = new Map<string, HostTensor>();
  for (const [name, shape] of parameterShapes(architecture)) {
    weights.set(name, { shape, data: initialParameter(name, shape, architecture, seed) });
  }
  for (const [name, shape] of statisticShapes(architecture)) {
    const value = name.endsWith('running_var') ? 1 : 0;
    weights.set(name, { shape, data: new Float32Array(elementCount(shape)).fill(value) });
  }
  return weights;
}

function initialParameter(
  name: string,
  shape: readonly number[],
  architecture: Architecture,
  seed: number,
): Float32Array {
  const data = new Float32Array(elementCount(shape));
  const random = randomFor(seed, 'weights', name);
  if (name.startsWith('fc.')) {
    const bound = 1 / Math.sqrt(architecture.width << 3);
    return data.map(() => bound * (2 * random.float() - 1));
  }
  if (shape.length === 4) {
    const [out, , height, width] = shape as [number, number, number, number];
    const deviation = Math.sqrt(2 / (out * height * width));
    return data.map(() => deviation * random.normal());
  }
  const one = name.endsWith('.weight') && !name.startsWith('extra.0.bn2');
  return data.fill(one ? 1 : 0);
}

/**
 * The weights of a network without an extra block, with one that changes nothing yet.
 * @param architecture with the block
 */
export function withExtraBlock(
  architecture: Architecture,
  weights: Weights,
  seed: number,
): Weights {
  const extra = [...initialWeights(architecture, seed)].filter(
    ([name]) => stageOf(name) === 'extra',
  );
  return new Map([...weights, ...extra]);
}
