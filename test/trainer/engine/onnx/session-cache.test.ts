import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { Tensor } from 'onnxruntime-node';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { serialiseGraph } from '../../../../exporter/graph/serialise-graph.ts';
import { SessionCache } from '../../../../trainer/engine/onnx/session-cache.ts';
import { trace } from '../../../../trainer/engine/onnx/trace.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(os.tmpdir(), 'sessions-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function graphOf(factor: number): Uint8Array {
  return serialiseGraph(
    trace(({ x }) => ({ y: tf.mul(tf.add(x!, 1), factor) }), { x: { shape: [2] } }),
  );
}

async function compute(graph: Uint8Array, place = folder): Promise<number[]> {
  const session = await new SessionCache(place).open(graph, { logSeverityLevel: 4 });
  const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(2, 5), [2]) });
  await session.release();
  return Array.from(y!.data as Float32Array);
}

test('a graph that was kept computes the same, and is kept once', async () => {
  expect(await compute(graphOf(10))).toEqual([30, 60]);
  const kept = await readdir(folder);
  expect(kept).toHaveLength(1);
  expect(await compute(graphOf(10))).toEqual([30, 60]);
  expect(await readdir(folder)).toEqual(kept);
});

test('what is kept is used: another graph under that name is computed', async () => {
  await compute(graphOf(10));
  const [ten] = await readdir(folder);
  await compute(graphOf(100));
  const hundred = (await readdir(folder)).find((name) => name !== ten)!;
  await writeFile(join(folder, ten!), await readFile(join(folder, hundred)));
  expect(await compute(graphOf(10))).toEqual([300, 600]);
});

test('a damaged file is made anew, and a folder that cannot be made is done without', async () => {
  await compute(graphOf(10));
  const [name] = await readdir(folder);
  await writeFile(join(folder, name!), 'damaged');
  expect(await compute(graphOf(10))).toEqual([30, 60]);
  expect((await readFile(join(folder, name!))).toString()).not.toBe('damaged');
  expect(await compute(graphOf(10), join(folder, name!, 'below-a-file'))).toEqual([30, 60]);
});

test('keeps a few, those used last', async () => {
  for (let factor = 1; factor <= 20; factor++) await compute(graphOf(factor));
  expect((await readdir(folder)).length).toBeLessThanOrEqual(16);
});
