import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeArtifact } from '../../../../exporter/artifact/artifact-folder.ts';
import { buildArtifact } from '../../../../exporter/artifact/build-artifact.ts';
import { collectForms } from '../../../../trainer/results/figures/collect-forms.ts';
import { smallContent } from '../../../exporter/small-classifier.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchwork-forms-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('forms have the sizes of their files, and the latency that the benchmark found for them', async () => {
  const content = smallContent(1);
  const [form] = content.forms;
  const fidelity = { pictures: 4, agreement: 0.75, maxLogitDifference: 0.1, accuracy: null };
  const heap = { alone: 1234, besideParent: null };
  const artifact = await buildArtifact({ ...content, forms: [{ ...form!, fidelity, heap }] });
  const path = join(folder, 'artifact');
  await writeArtifact(path, artifact);
  const common = {
    width: 16,
    precision: 'fp32',
    storage: 'onnx',
    bytes: form!.graph.bytes.length,
    agreement: 0.75,
    heapBytes: 1234,
  };
  expect(await collectForms([path], undefined)).toEqual([
    { ...common, inferenceMilliseconds: null },
  ]);
  const benchmark = join(folder, 'edge.json');
  const served = [
    { form: 'fp32 onnx, width 64', inference: 99 },
    { form: 'fp32 onnx, width 16', inference: 7.5, plainNode: null },
  ];
  await writeFile(benchmark, JSON.stringify(served));
  expect(await collectForms([path], benchmark)).toEqual([
    { ...common, inferenceMilliseconds: 7.5 },
  ]);
});

test('a benchmark that is none is refused', async () => {
  const path = join(folder, 'none.json');
  await expect(collectForms([], path)).rejects.toMatchObject({ code: 'RESULT_UNREADABLE' });
  await writeFile(path, '[{"form":"int8 ort, width 8"}]');
  await expect(collectForms([], path)).rejects.toThrow(/0\.inference/);
});
