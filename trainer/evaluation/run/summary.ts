import { z } from 'zod';
import { estimate } from '../statistics/bootstrap.ts';
import type { EvaluationPlan } from './evaluation-plan.ts';
import { metricsOf } from './metrics.ts';
import type { UnitRecord } from './unit-record.ts';

export const EstimateSchema = z.strictObject({
  mean: z.number(),
  low: z.number(),
  high: z.number(),
  count: z.int().min(1),
});

/** For each experiment of the plan its figures by name, each a mean over units with its 95 % interval. */
export const SummarySchema = z.array(z.record(z.string(), EstimateSchema));
export type Summary = z.output<typeof SummarySchema>;

/**
 * The means and intervals of all experiments: a function of the plan and the records alone.
 * @param records one a unit, in the order of the units
 */
export function summarise(plan: EvaluationPlan, records: readonly UnitRecord[]): Summary {
  let start = 0;
  return plan.experiments.map(({ units }) => {
    const mine = records.slice(start, start + units);
    start += units;
    const values = new Map<string, number[]>();
    for (const record of mine) {
      for (const [name, value] of metricsOf(record, plan.data.labelNames)) {
        const before = values.get(name);
        if (before) before.push(value);
        else values.set(name, [value]);
      }
    }
    return Object.fromEntries(
      [...values].map(([name, each]) => [name, estimate(each, plan.seed)!] as const),
    );
  });
}
