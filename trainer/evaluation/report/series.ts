import type { ExperimentPlan } from '../run/evaluation-plan.ts';
import type { EvaluationResult } from '../run/evaluation-result.ts';
import { latency } from '../run/measured.ts';
import type { Summary } from '../run/summary.ts';
import type { UnitRecord } from '../run/unit-record.ts';

/** One experiment of a whole result, with what reports show of it. */
export interface Series {
  /** The method's name, with the attack's where there was one, and the network's where several are compared. */
  readonly name: string;
  readonly experiment: ExperimentPlan;
  readonly figures: Summary[number];
  readonly records: readonly UnitRecord[];
  readonly latency: { readonly p50: number; readonly p95: number } | null;
}

/**
 * The experiments of whole results, in order.
 * @param networks names of the networks where several results are compared
 */
export function seriesOf(
  results: readonly EvaluationResult[],
  networks: readonly string[] = [],
): Series[] {
  return results.flatMap((result, network) => {
    let start = 0;
    return result.plan.experiments.map((experiment, index): Series => {
      const mine = result.records.slice(start, start + experiment.units);
      start += experiment.units;
      const { attack } = experiment.parameters;
      const name = [experiment.method.name, ...(attack === undefined ? [] : [attack])].join(', ');
      return {
        name: results.length > 1 ? `${name}, ${networks[network]}` : name,
        experiment,
        figures: result.summary![index]!,
        records: mine.map(({ record }) => record),
        latency: latency(result.measured.editMilliseconds[index] ?? []),
      };
    });
  });
}

/** The names of the figures that any of the series has: those of one subject stand together. */
export function figureNames(series: readonly Series[]): string[] {
  const subjects = new Map<string, Set<string>>();
  for (const { figures } of series) {
    for (const name of Object.keys(figures)) {
      const subject = name.replace(/\.(before|after|gained)$/, '');
      subjects.set(subject, (subjects.get(subject) ?? new Set()).add(name));
    }
  }
  return [...subjects.values()].flatMap((names) => [...names]);
}
