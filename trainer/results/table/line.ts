import { type Estimate, estimate } from '../../evaluation/statistics/bootstrap.ts';
import type { ExperimentFigures, Figures, NetworkFigures } from '../figures/figures.ts';

/** Draws the resamples of intervals over seeds. */
export const SEED = 1;

/** What a table says of one way of editing. */
export interface Line {
  /** What tells it from the other lines, outermost first. */
  readonly heads: readonly string[];
  /** How many edits or sequences, of how many trainings. */
  readonly units: string;
  /** By name; `error` is that of the networks before any edit. */
  readonly figures: Readonly<Record<string, Estimate>>;
}

/**
 * The experiments as lines, in their order. Those of several trainings that share their heads are one
 * line, of the means over the trainings with intervals over these; the interval of a single one is over
 * its edits.
 * @param headsOf null leaves an experiment out
 */
export function linesOf(
  { networks }: Figures,
  headsOf: (network: NetworkFigures, experiment: ExperimentFigures) => readonly string[] | null,
): Line[] {
  const groups = new Map<string, { heads: readonly string[]; members: Member[] }>();
  for (const network of networks) {
    for (const experiment of network.experiments) {
      const heads = headsOf(network, experiment);
      if (heads === null) continue;
      const key = JSON.stringify(heads);
      const group = groups.get(key) ?? { heads, members: [] };
      group.members.push({ network, experiment });
      groups.set(key, group);
    }
  }
  return [...groups.values()].map(({ heads, members }) => ({
    heads,
    units: unitsText(members),
    figures: members.length === 1 ? ownFigures(members[0]!) : meanFigures(members),
  }));
}

interface Member {
  readonly network: NetworkFigures;
  readonly experiment: ExperimentFigures;
}

function ownFigures({ network: { error }, experiment: { figures } }: Member): Line['figures'] {
  return { ...figures, error: { mean: error, low: error, high: error, count: 1 } };
}

function meanFigures(members: readonly Member[]): Line['figures'] {
  const own = members.map(ownFigures);
  const shared = Object.keys(own[0]!).filter((name) => own.every((figures) => name in figures));
  return Object.fromEntries(
    shared.map((name) => [
      name,
      estimate(
        own.map((figures) => figures[name]!.mean),
        SEED,
      )!,
    ]),
  );
}

function unitsText(members: readonly Member[]): string {
  const counts = [...new Set(members.map(({ experiment }) => experiment.units))].join(' or ');
  return members.length === 1 ? counts : `${members.length} seeds of ${counts}`;
}
