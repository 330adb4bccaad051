import { EvaluationError } from './evaluation-error.ts';
import { unitCount } from './evaluation-plan.ts';
import type { EvaluationResult } from './evaluation-result.ts';
import { joinMeasured } from './measured.ts';
import { summarise } from './summary.ts';
import type { UnitRecord } from './unit-record.ts';

/** A result and what to call it in messages. */
export interface NamedResult {
  readonly name: string;
  readonly result: EvaluationResult;
}

/**
 * Joins the parts of one evaluation. But for `measured`, the result equals that of the evaluation run as
 * a whole.
 * @param parts at least one, in any order
 * @throws EvaluationError PLANS_DIFFER, UNITS_DOUBLE or UNITS_MISSING
 */
export function mergeResults(parts: readonly NamedResult[]): EvaluationResult {
  const [first, ...rest] = parts as readonly [NamedResult, ...NamedResult[]];
  for (const other of rest) checkSame(first, other);
  const { plan, fingerprint, schema, base } = first.result;
  const found = new Map<number, { name: string; record: UnitRecord }>();
  for (const { name, result } of parts) {
    for (const { unit, record } of result.records) {
      const before = found.get(unit);
      if (before) {
        throw new EvaluationError(
          'UNITS_DOUBLE',
          `Unit ${unit} is in ${before.name} and in ${name}; give each part once.`,
        );
      }
      found.set(unit, { name, record });
    }
  }
  const units = Array.from({ length: unitCount(plan) }, (_, unit) => unit);
  const missing = units.filter((unit) => !found.has(unit));
  if (missing.length > 0) throw incomplete(parts, missing, units.length);
  const records = units.map((unit) => ({ unit, record: found.get(unit)!.record }));
  const summary = summarise(
    plan,
    records.map(({ record }) => record),
  );
  const measured = joinMeasured(parts.map(({ result }) => result.measured));
  return { schema, fingerprint, plan, shard: null, base, records, summary, measured };
}

/** @throws EvaluationError UNITS_MISSING where a result is a part, PLANS_DIFFER where the data are others */
export function checkComparable(results: readonly NamedResult[]): void {
  const [first, ...rest] = results as readonly [NamedResult, ...NamedResult[]];
  const part = results.find(({ result }) => result.summary === null);
  if (part) {
    throw new EvaluationError(
      'UNITS_MISSING',
      `${part.name} is part of an evaluation; merge all its parts first.`,
    );
  }
  for (const { name, result } of rest) {
    if (result.plan.data.fingerprint === first.result.plan.data.fingerprint) continue;
    throw new EvaluationError(
      'PLANS_DIFFER',
      `${first.name} and ${name} were evaluated on different pictures; compare networks on the same.`,
    );
  }
}

function checkSame(first: NamedResult, other: NamedResult): void {
  const [a, b] = [first.result, other.result];
  const differs =
    a.fingerprint !== b.fingerprint
      ? 'plans: the network, the data, the engine or the options'
      : JSON.stringify(a.base) !== JSON.stringify(b.base)
        ? 'figures of the network before any edit: their machines round differently'
        : null;
  if (differs === null) return;
  throw new EvaluationError(
    'PLANS_DIFFER',
    `${first.name} and ${other.name} have different ${differs}; merge the parts of one evaluation only.`,
  );
}

function incomplete(
  parts: readonly NamedResult[],
  missing: readonly number[],
  units: number,
): EvaluationError {
  const count = parts[0]!.result.shard?.count ?? 1;
  const given = new Set(parts.map(({ result }) => result.shard?.index));
  const absent = Array.from({ length: count }, (_, index) => index).filter(
    (index) => !given.has(index),
  );
  const which =
    absent.length > 0
      ? ` (shard ${absent.map((index) => `${index}/${count}`).join(', ')})`
      : `, the first of them ${missing[0]}`;
  return new EvaluationError(
    'UNITS_MISSING',
    `${missing.length} of ${units} units are missing${which}; give every part.`,
  );
}
