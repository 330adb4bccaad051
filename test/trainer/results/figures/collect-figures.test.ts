import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeResult } from '../../../../trainer/evaluation/run/evaluation-result.ts';
import { runEvaluation } from '../../../../trainer/evaluation/run/run-evaluation.ts';
import { collectFigures } from '../../../../trainer/results/figures/collect-figures.ts';
import { readFigures, writeFigures } from '../../../../trainer/results/figures/figures-file.ts';
import { madeUpPlan, madeUpRun } from '../../evaluation/run/made-up-evaluation.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchwork-figures-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Writes an evaluation of four edits and two sequences. */
async function evaluation(name: string, shard: { index: number; count: number } | null = null) {
  const { result } = await runEvaluation(madeUpRun(madeUpPlan([4, 2]), { shard }));
  await writeResult(join(folder, name), result);
  return result;
}

test('figures are those of the evaluations, with the drawdown of every edit', async () => {
  const result = await evaluation('net-of-two-7.json');
  const path = join(folder, 'figures.json');
  await writeFile(
    join(folder, 'net-of-two-7.sh'),
    'set -e\ncd x && npx patchwork train --width 2 \\\n  --start /home/me/base.safetensors --out out/net.safetensors --data folder:a/b\n',
  );
  const collected = await collectFigures([join(folder, 'net-of-two-7.json')]);
  await writeFigures(path, { networks: collected, forms: [] });
  const { networks, unchanged } = await readFigures(path);
  expect(unchanged).toBe(true);
  expect(networks).toMatchObject([{ network: 'net-of-two', seed: 7, pictures: 50, error: 0.1 }]);
  expect(networks[0]).toMatchObject({
    training: [
      'npx patchwork train --width 2 --start base.safetensors --out net.safetensors --data folder:a/b',
    ],
    evaluation: ['npx patchwork evaluate --seed 1'],
    evaluationSeed: 1,
  });
  const [edits, sequences] = networks[0]!.experiments;
  expect(edits).toMatchObject({ protocol: 'honest', method: 'method-0', settings: { rate: 0.01 } });
  expect(edits!.figures.success).toEqual(result.summary![0]!.success);
  expect(Object.keys(edits!.figures)).not.toContain('negativeFlips.clean.cat');
  const expected = result.records.slice(0, 4).map(({ record }) => {
    if (record.kind !== 'edit') throw new Error('no edit');
    const total = (flips: readonly number[]) => flips.reduce((sum, each) => sum + each, 0);
    const { negative, positive, pictures } = record.controls.clean!;
    return (total(negative) - total(positive)) / pictures;
  });
  expect(edits!.drawdowns).toEqual(expected);
  expect(sequences).toMatchObject({ protocol: 'sequential', units: 2, drawdowns: [] });
});

test('a name without a seed, a part, and a file that was changed are refused', async () => {
  await evaluation('nameless.json');
  const collect = (name: string) => collectFigures([join(folder, name)]);
  await expect(collect('nameless.json')).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
  await evaluation('part-1.json', { index: 0, count: 2 });
  await expect(collect('part-1.json')).rejects.toMatchObject({ code: 'UNITS_MISSING' });
  const path = join(folder, 'kept.json');
  await expect(readFigures(path)).rejects.toMatchObject({ code: 'RESULT_UNREADABLE' });
  await evaluation('whole-1.json');
  await writeFigures(path, { networks: await collect('whole-1.json'), forms: [] });
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace('"error":0.1', '"error":"small"'));
  await expect(readFigures(path)).rejects.toThrow(/networks\.0\.error/);
});

test('an evaluation that does not say its command is refused', async () => {
  const { measured, ...rest } = await evaluation('silent-1.json');
  await writeResult(join(folder, 'silent-1.json'), {
    ...rest,
    measured: { ...measured, commands: [] },
  });
  await expect(collectFigures([join(folder, 'silent-1.json')])).rejects.toThrow(
    /does not say which command/,
  );
});
