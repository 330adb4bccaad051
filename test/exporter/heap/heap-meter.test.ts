import { afterAll, describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../../exporter/graph/graph-builder.ts';
import { HeapMeter } from '../../../exporter/heap/heap-meter.ts';
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

const meter = new HeapMeter();
afterAll(() => meter.dispose());

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

  test('is not measured of what is no graph', async () => {
    const graph = { ...form.graph, bytes: form.graph.bytes.slice(0, 1000) };
    await expect(meter.measure({ ...form, graph }, SHAPE)).rejects.toMatchObject({
      code: 'HEAP_UNMEASURED',
      message: expect.stringContaining('fp32:onnx'),
    });
  });
});
