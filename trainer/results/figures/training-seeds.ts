import { optionOf } from './command.ts';
import type { NetworkFigures } from './figures.ts';
import type { NetworkPair } from './network-pair.ts';

/** The seed of a `patchwork train` that is told none. */
const DEFAULT_SEED = '1';

/**
 * The seeds that a network was trained by, as text such as `1 then 4`: those of its training commands in
 * their order, or the one that its file is named after where none was kept.
 */
export function trainingSeeds({ seed, training }: NetworkFigures): string {
  if (training.length === 0) return String(seed);
  const seeds = training.map((command) => optionOf(command, '--seed') ?? DEFAULT_SEED);
  return seeds.filter((each, index) => each !== seeds[index - 1]).join(' then ');
}

/** The seeds of both networks of a pair: once where they are the same, else the ordinary one's first. */
export function pairSeeds({ ordinary, editable }: NetworkPair): string {
  return [...new Set([ordinary, editable].map(trainingSeeds))].join(' / ');
}
