import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../../exporter/graph/graph-builder.ts';
import { HeapMeter } from '../../../exporter/heap/heap-meter.ts';
import { KeptMeasurements } from '../../../exporter/measurement/kept-measurements.ts';
import { onnxForm } from '../small-classifier.ts';

const SHAPE = { height: 4, width: 5, classes: 3 };
const FEATURES = 3 * 4 * 5;
const HIDDEN = 100_000;

/** A classifier with 24 MB of weights. */
function largeForm() {
  const builder = new GraphBuilder();
  const image = builder.input('image', ['N', 3, SHAPE.height, SHAPE.width]);
  const flat = builder.node('Flatten', [image], { axis: 1 });
  const wide = builder.initializer(new Float32Array(FEATURES * HIDDEN).fill(0.5), [
    FEATURES,
    HIDDEN,
  ]);
  const narrow = builder.initializer(new Float32Array(HIDDEN * 3).fill(0.25), [HIDDEN, 3]);
  const hidden = builder.node('MatMul', [flat, wide]);
  builder.output('logits', builder.node('MatMul', [hidden, narrow]), ['N', 3]);
  return onnxForm(builder.build());
}

let folder: string;
let meter: HeapMeter;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchwork-heap-'));
  meter = new HeapMeter(new KeptMeasurements(folder));
});
afterAll(async () => {
  await meter.dispose();
  await rm(folder, { recursive: true });
});

describe('the heap of a form in workerd', { timeout: 180_000 }, () => {
  const form = largeForm();

  test('holds the form, and beside its parent one more', async () => {
    const { alone, besideParent } = await meter.measure(form, SHAPE);
    const weights = 4 * HIDDEN * (FEATURES + 3);
    expect(alone).toBeGreaterThan(weights);
    expect(alone).toBeLessThan(5 * weights);
    expect(besideParent! - alone).toBeGreaterThan(0.9 * weights);
    expect(alone % 65536).toBe(0);
  });

  test('is that of a form of the same sizes, measured by another process', async () => {
    const measured = await meter.measure(form, SHAPE);
    const other = new HeapMeter(new KeptMeasurements(folder));
    // No graph, so that it could not be measured.
    const like = { ...form, graph: { ...form.graph, bytes: form.graph.bytes.map(() => 7) } };
    expect(await other.measure(like, SHAPE)).toEqual(measured);
    const wider = { ...SHAPE, width: SHAPE.width + 1 };
    await expect(other.measure(like, wider)).rejects.toMatchObject({ code: 'HEAP_UNMEASURED' });
    await other.dispose();
  });

  test('is not measured of what is no graph', async () => {
    const graph = { ...form.graph, bytes: form.graph.bytes.slice(0, 1000) };
    await expect(meter.measure({ ...form, graph }, SHAPE)).rejects.toMatchObject({
      code: 'HEAP_UNMEASURED',
      message: expect.stringContaining('fp32:onnx'),
    });
  });
});
