import {
  type EvaluationPlan,
  locateUnit,
  planFingerprint,
  type Shard,
  unitsOf,
} from './evaluation-plan.ts';
import type { BaseFigures, EvaluationResult } from './evaluation-result.ts';
import { Journal, type JournalEntry } from './journal.ts';
import { type Measured, peakMemory } from './measured.ts';
import { summarise } from './summary.ts';
import { type UnitRecord, UnitRecordSchema } from './unit-record.ts';

/** What a unit gave: what it found, and how long each of its edits took. */
export interface UnitOutcome {
  readonly record: UnitRecord;
  readonly editMilliseconds: readonly number[];
}

/** An experiment made ready; only one is at a time. */
export interface UnitRunner {
  /** Computes a unit from nothing but its index: the same record whatever ran before. */
  run(index: number): Promise<UnitOutcome>;
  dispose(): Promise<void>;
}

export interface EvaluationRun {
  readonly plan: EvaluationPlan;
  readonly base: BaseFigures;
  /** The command line that asked for it. */
  readonly command: string;
  /** Makes experiment `index` of the plan ready. */
  open(experiment: number): Promise<UnitRunner>;
  readonly shard: Shard | null;
  /** Where finished units are kept until `finish`; null keeps them nowhere. */
  readonly journal: string | null;
  /** Told of every finished unit; `before` were finished by an earlier process. */
  onUnit(progress: { done: number; before: number; total: number }): void;
}

/**
 * Runs the units of a plan that no earlier process finished.
 * @returns the result, and what to call once it is kept: it takes the journal away
 * @throws EvaluationError JOURNAL_MISMATCH
 */
export async function runEvaluation(
  run: EvaluationRun,
): Promise<{ result: EvaluationResult; finish(): Promise<void> }> {
  const { plan, base, shard } = run;
  const began = performance.now();
  const fingerprint = planFingerprint(plan);
  const journal = run.journal ? await Journal.open(run.journal, fingerprint, shard) : null;
  const done = new Map((journal?.entries ?? []).map((entry) => [entry.unit, entry]));
  const units = unitsOf(plan, shard);
  const before = done.size;
  let runner: UnitRunner | null = null;
  let opened = -1;
  try {
    for (const unit of units) {
      if (done.has(unit)) continue;
      const { experiment, index } = locateUnit(plan, unit);
      const isFirst = runner === null || opened !== experiment;
      if (runner === null || opened !== experiment) {
        const previous: UnitRunner | null = runner;
        runner = null;
        await previous?.dispose();
        runner = await run.open(experiment);
        opened = experiment;
      }
      const { record, editMilliseconds } = await runner.run(index);
      const entry: JournalEntry = {
        unit,
        record: asRead(record),
        editMilliseconds: editMilliseconds.slice(isFirst ? 1 : 0),
      };
      await journal?.append(entry);
      done.set(unit, entry);
      run.onUnit({ done: done.size, before, total: units.length });
    }
  } finally {
    await runner?.dispose();
    await journal?.close();
  }
  const entries = units.map((unit) => done.get(unit)!);
  const records = entries.map(({ unit, record }) => ({ unit, record }));
  const result: EvaluationResult = {
    schema: 'patchwork/evaluation@1',
    fingerprint,
    plan,
    shard,
    base,
    records,
    summary: shard
      ? null
      : summarise(
          plan,
          records.map(({ record }) => record),
        ),
    measured: measured(run, entries, (performance.now() - began) / 1000),
  };
  return { result, finish: async () => journal?.remove() };
}

/** The record as a file gives it back, so that nothing depends on whether it went through one. */
function asRead(record: UnitRecord): UnitRecord {
  return UnitRecordSchema.parse(JSON.parse(JSON.stringify(record)));
}

function measured(
  { plan, command }: EvaluationRun,
  entries: readonly JournalEntry[],
  seconds: number,
): Measured {
  const editMilliseconds: number[][] = plan.experiments.map(() => []);
  for (const entry of entries) {
    editMilliseconds[locateUnit(plan, entry.unit).experiment]!.push(...entry.editMilliseconds);
  }
  const peakMemoryBytes = peakMemory();
  return { editMilliseconds, peakMemoryBytes, seconds, processes: 1, commands: [command] };
}
