import type { ExperimentFigures, Figures, NetworkFigures } from './figures.ts';

/** The two networks of one seed, trained ordinarily and to be edited. */
export interface NetworkPair {
  readonly ordinary: NetworkFigures;
  readonly editable: NetworkFigures;
}

/**
 * The networks by seed, ascending.
 * @throws RangeError where a seed lacks one of its two networks
 */
export function networkPairs({ networks }: Figures): NetworkPair[] {
  const seeds = [...new Set(networks.map(({ seed }) => seed))].sort((a, b) => a - b);
  return seeds.map((seed): NetworkPair => {
    const [ordinary, editable] = ['ordinary', 'editable'].map((name) => {
      const found = networks.find((each) => each.seed === seed && each.network === name);
      if (found) return found;
      throw new RangeError(`There is no ${name} network of seed ${seed}.`);
    });
    return { ordinary: ordinary!, editable: editable! };
  });
}

/** @throws RangeError where the network was not evaluated under the paper's protocol */
export function paperFigures({ network, seed, experiments }: NetworkFigures): ExperimentFigures {
  const found = experiments.find(({ protocol }) => protocol === 'paper');
  if (found) return found;
  throw new RangeError(`The ${network} network of seed ${seed} was not edited as in the paper.`);
}
