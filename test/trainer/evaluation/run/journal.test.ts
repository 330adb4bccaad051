import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EvaluationResult } from '../../../../trainer/evaluation/run/evaluation-result.ts';
import { runEvaluation } from '../../../../trainer/evaluation/run/run-evaluation.ts';
import { madeUpPlan, madeUpRun } from './made-up-evaluation.ts';

let folder: string;
let journal: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchwork-journal-'));
  journal = join(folder, 'result.json.journal');
});
afterEach(() => rm(folder, { recursive: true }));

const plan = madeUpPlan([6, 3]);
const comparable = ({ measured: _, ...rest }: EvaluationResult) => rest;
const killedBefore = (unit: number) => (next: number) => {
  if (next === unit) throw new Error('killed');
};

async function interruptedBefore(unit: number): Promise<void> {
  const run = madeUpRun(plan, { journal, beforeUnit: killedBefore(unit) });
  await expect(runEvaluation(run)).rejects.toThrow('killed');
}

/** Goes on. @returns the result, and how many units were computed for it */
async function resumed(): Promise<{ result: EvaluationResult; computed: number }> {
  let computed = 0;
  const beforeUnit = () => {
    computed++;
  };
  const { result, finish } = await runEvaluation(madeUpRun(plan, { journal, beforeUnit }));
  await finish();
  return { result, computed };
}

describe('an evaluation that was killed', () => {
  test.each([0, 1, 5, 6, 8])('before unit %i goes on to the same result', async (unit) => {
    const { result: whole } = await runEvaluation(madeUpRun(plan));
    await interruptedBefore(unit);
    const { result, computed } = await resumed();
    expect(computed).toBe(9 - unit);
    expect(comparable(result)).toEqual(comparable(whole));
    expect(existsSync(journal)).toBe(false);
  });

  test('in the middle of a line goes on to the same result, wherever the line was torn', async () => {
    const { result: whole } = await runEvaluation(madeUpRun(plan));
    await interruptedBefore(4);
    const bytes = await readFile(journal);
    const lastLine = bytes.subarray(0, -1).lastIndexOf('\n') + 1;
    for (const length of [10, lastLine, lastLine + 1, bytes.length - 30, bytes.length - 1]) {
      await writeFile(journal, bytes.subarray(0, length));
      const { result, computed } = await resumed();
      expect(computed).toBe(length < lastLine ? 9 : 6);
      expect(comparable(result)).toEqual(comparable(whole));
    }
  });

  test('twice goes on twice', async () => {
    await interruptedBefore(2);
    await interruptedBefore(3);
    const { computed } = await resumed();
    expect(computed).toBe(4);
  });

  test('is not gone on with under other options or as another shard', async () => {
    await interruptedBefore(3);
    const refused = { code: 'JOURNAL_MISMATCH', message: expect.stringContaining(journal) };
    const other = madeUpRun(madeUpPlan([6, 3], 2), { journal });
    await expect(runEvaluation(other)).rejects.toMatchObject(refused);
    const part = madeUpRun(plan, { journal, shard: { index: 0, count: 2 } });
    await expect(runEvaluation(part)).rejects.toMatchObject(refused);
    expect((await resumed()).computed).toBe(6);
  });
});

test('progress counts what was done before', async () => {
  await interruptedBefore(7);
  const seen: unknown[] = [];
  await runEvaluation(madeUpRun(plan, { journal, onUnit: (progress) => seen.push(progress) }));
  expect(seen).toEqual([
    { done: 8, before: 7, total: 9 },
    { done: 9, before: 7, total: 9 },
  ]);
});
