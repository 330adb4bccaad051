import type { TrainedNetwork } from '../../../trainer/checkpoint/checkpoint.ts';
import { randomFor } from '../../../trainer/data/random.ts';
import type { Architecture } from '../../../trainer/network/architecture.ts';
import { initialWeights } from '../../../trainer/network/initialise.ts';
import type { Weights } from '../../../trainer/network/weights.ts';

/** Initial weights with normalisations that do something, as after a training. */
export function randomWeights(architecture: Architecture, seed: number): Weights {
  const range = (name: string): [number, number] | null => {
    if (name.endsWith('running_mean')) return [-0.3, 0.3];
    if (name.endsWith('running_var')) return [0.4, 1.6];
    if (!/(bn\d|downsample\.1)/.test(name)) return null;
    return name.endsWith('weight') ? [0.6, 1.4] : [-0.2, 0.2];
  };
  return new Map(
    [...initialWeights(architecture, seed)].map(([name, { shape, data }]) => {
      const bounds = range(name);
      const random = randomFor(seed, name);
      return [name, { shape, data: bounds ? data.map(() => random.between(...bounds)) : data }];
    }),
  );
}

/** An untrained network for pictures of `side` x `side`, with all that an export asks for. */
export function randomNetwork(architecture: Architecture, side: number): TrainedNetwork {
  return {
    architecture,
    weights: randomWeights(architecture, 1),
    training: { epoch: 0, step: 0, seed: 1, optionsFingerprint: 'none', curve: [] },
    dataSet: {
      name: 'stripes',
      fingerprint: 'ab'.repeat(32),
      labelNames: Array.from({ length: architecture.classes }, (_, label) => `label ${label}`),
      preprocessing: {
        height: side,
        width: side,
        resize: 'bilinear-antialias',
        mean: [0.5, 0.45, 0.4],
        std: [0.25, 0.3, 0.2],
      },
    },
  };
}
