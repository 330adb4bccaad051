import { randomFor } from '../../../trainer/data/random.ts';
import { type Stage, stageOf } from '../../../trainer/network/architecture.ts';
import type { Weights } from '../../../trainer/network/weights.ts';

/** The network with every number of the given stages moved a little, running statistics included. */
export function movedStages(weights: Weights, stages: readonly Stage[], seed = 1): Weights {
  return new Map(
    [...weights].map(([name, { shape, data }]) => {
      if (!stages.includes(stageOf(name))) return [name, { shape, data }];
      const random = randomFor(seed, name);
      return [name, { shape, data: data.map((value) => value * random.between(0.7, 1.3)) }];
    }),
  );
}
