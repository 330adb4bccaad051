import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { randomFor } from '../../../../trainer/data/random.ts';
import {
  type EvaluationResult,
  readResult,
  writeResult,
} from '../../../../trainer/evaluation/run/evaluation-result.ts';
import { mergeResults } from '../../../../trainer/evaluation/run/merge-results.ts';
import { runEvaluation } from '../../../../trainer/evaluation/run/run-evaluation.ts';
import { madeUpPlan, madeUpRun, unitsPerExperiment } from './made-up-evaluation.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchwork-merge-'));
});
afterAll(() => rm(folder, { recursive: true }));

const named = (results: readonly EvaluationResult[]) =>
  results.map((result, index) => ({ name: `part-${index}.json`, result }));

async function shards(units: number[], count: number, seed = 1): Promise<EvaluationResult[]> {
  const parts: EvaluationResult[] = [];
  for (let index = 0; index < count; index++) {
    const { result } = await runEvaluation(
      madeUpRun(madeUpPlan(units, seed), { shard: { index, count } }),
    );
    parts.push(result);
  }
  return parts;
}

const comparable = ({ measured: _, ...rest }: EvaluationResult) => JSON.stringify(rest);

describe('merging', () => {
  test('gives what the whole evaluation gives, for any number of shards in any order', async () => {
    await fc.assert(
      fc.asyncProperty(
        unitsPerExperiment,
        fc.integer({ min: 1, max: 9 }),
        fc.nat({ max: 5 }),
        async (units, count, seed) => {
          const { result: whole } = await runEvaluation(madeUpRun(madeUpPlan(units, seed)));
          const parts = await shards(units, count, seed);
          const files: EvaluationResult[] = [];
          for (const [index, part] of parts.entries()) {
            expect(part.summary).toBeNull();
            const path = join(folder, `${index}.json`);
            await writeResult(path, part);
            files.push(await readResult(path));
          }
          randomFor(seed, 'order').shuffle(files);
          const merged = mergeResults(named(files));
          const path = join(folder, 'whole.json');
          await writeResult(path, whole);
          expect(comparable(merged)).toBe(comparable(await readResult(path)));
          expect(merged.measured.processes).toBe(count);
          expect(merged.measured.commands).toEqual(parts.flatMap((part) => part.measured.commands));
          expect(merged.measured.commands).toHaveLength(count);
        },
      ),
      { numRuns: 15 },
    );
  });

  test('refuses parts of different evaluations', async () => {
    const [first] = await shards([4], 2, 1);
    const [, second] = await shards([4], 2, 2);
    expect(() => mergeResults(named([first!, second!]))).toThrow(
      expect.objectContaining({ code: 'PLANS_DIFFER' }),
    );
    const [, other] = await shards([4], 2, 1);
    const base = { ...other!.base, error: 0.11 };
    expect(() => mergeResults(named([first!, { ...other!, base }]))).toThrow(
      expect.objectContaining({ code: 'PLANS_DIFFER' }),
    );
  });

  test('refuses what is missing, and names the shard', async () => {
    const [a, , c] = await shards([5, 4], 3);
    expect(() => mergeResults(named([a!, c!]))).toThrow(
      expect.objectContaining({
        code: 'UNITS_MISSING',
        message: expect.stringContaining('shard 1/3'),
      }),
    );
  });

  test('refuses what is there twice', async () => {
    const [a, b] = await shards([5], 2);
    expect(() => mergeResults(named([a!, b!, a!]))).toThrow(
      expect.objectContaining({ code: 'UNITS_DOUBLE' }),
    );
  });
});

describe('a result file', () => {
  test('whose plan was changed is refused', async () => {
    const [part] = await shards([3], 1);
    const path = join(folder, 'changed.json');
    await writeResult(path, part!);
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('"rate":0.01', '"rate":0.02'));
    await expect(readResult(path)).rejects.toMatchObject({ code: 'RESULT_INVALID' });
  });

  test.each([
    ['no JSON', '{'],
    ['another file', '{"schema":"patchwork/patch@1"}'],
  ])('that is %s is refused', async (_, text) => {
    const path = join(folder, 'other.json');
    await writeFile(path, text);
    await expect(readResult(path)).rejects.toMatchObject({ code: 'RESULT_INVALID' });
  });

  test('that is missing is named', async () => {
    await expect(readResult(join(folder, 'none.json'))).rejects.toMatchObject({
      code: 'RESULT_UNREADABLE',
      message: expect.stringContaining('none.json'),
    });
  });
});
