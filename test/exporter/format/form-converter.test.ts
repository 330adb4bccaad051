import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { PRECISIONS, STORAGES } from '../../../exporter/contract/form.ts';
import type { ExportedForm } from '../../../exporter/format/exported-graph.ts';
import { FormConverter } from '../../../exporter/format/form-converter.ts';
import { type FormKind, formName, parseForm } from '../../../exporter/format/form-kind.ts';
import { calibrate } from '../../../exporter/format/precision/int8/calibrate.ts';
import { withSession } from '../../../exporter/format/runtime/form-session.ts';
import { ModelProto } from '../../../exporter/graph/onnx-message.ts';
import { converterOf, graphOf, images, moved, SHAPE, WEIGHTS } from './network-forms.ts';

const COUNT = 6;
const pictures = images(COUNT, 2);
const KINDS = PRECISIONS.flatMap((precision) =>
  STORAGES.map((storage): FormKind => ({ precision, storage })),
).filter(({ precision, storage }) => storage !== 'delta' || precision === 'fp32');

const converter = converterOf(moved('layer3.0.conv1.weight', 0.01));
const logitsOf = (form: ExportedForm, runtime: 'native' | 'wasm') =>
  withSession(form, SHAPE, runtime, (session) => session.logits(pictures, COUNT));
const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const largest = (left: Float32Array, right: Float32Array) =>
  Math.max(...left.map((value, index) => Math.abs(value - right[index]!)));

describe.each(KINDS.map((kind) => [formName(kind), kind] as const))('the form %s', (_, kind) => {
  test('runs in onnxruntime-node and onnxruntime-web, as the network does', async () => {
    const form = await converter.convert(kind);
    const plain = await converter.convert({ precision: 'fp32', storage: 'onnx' });
    const expected = await logitsOf(plain, 'native');
    const [native, wasm] = [await logitsOf(form, 'native'), await logitsOf(form, 'wasm')];
    expect(largest(native, wasm)).toBeLessThan(kind.precision === 'int8' ? 2e-2 : 1e-4);
    const spread = Math.max(...expected) - Math.min(...expected);
    const tolerance = { fp32: 1e-4, fp16: 5e-3 * spread, int8: 0.1 * spread }[kind.precision];
    expect(largest(wasm, expected)).toBeLessThan(tolerance);
  });

  test('is the same, byte for byte, when it is converted again', async () => {
    const form = await converter.convert(kind);
    const again = await converterOf(moved('layer3.0.conv1.weight', 0.01)).convert(kind);
    expect(Buffer.compare(again.graph.bytes, form.graph.bytes)).toBe(0);
    expect(again).toEqual(form);
  });
});

describe('a delta', () => {
  const delta = (weights: typeof WEIGHTS) =>
    converterOf(weights).convert({ precision: 'fp32', storage: 'delta' });

  test('has its graph in common with versions that differ in the open stage', async () => {
    const [base, patched, further] = await Promise.all([
      delta(WEIGHTS),
      delta(moved('layer3.1.bn2.weight', 0.2)),
      delta(moved('layer3.0.conv2.weight', 0.2)),
    ]);
    const digests = [base, patched, further].map(({ graph }) => digest(graph.bytes));
    expect(new Set(digests).size).toBe(1);
    expect(new Set([base, patched, further].map(({ weights }) => digest(weights!))).size).toBe(3);
  });

  test('of the head may be int8, since the head is computed in float32', async () => {
    const kind = { precision: 'int8', storage: 'delta' } as const;
    const of = (weights: typeof WEIGHTS) => converterOf(weights, /^fc\./).convert(kind);
    const patched = moved('fc.weight', 0.3);
    const [base, after] = [await of(WEIGHTS), await of(patched)];
    expect(digest(after.graph.bytes)).toBe(digest(base.graph.bytes));
    expect(after.tensors.map(({ name, type }) => [name, type])).toEqual([
      ['fc.weight', 'float32'],
      ['fc.bias', 'float32'],
    ]);
    const whole = await converterOf(patched).convert({ precision: 'int8', storage: 'ort' });
    for (const runtime of ['native', 'wasm'] as const) {
      const logits = await logitsOf(after, runtime);
      expect(largest(logits, await logitsOf(whole, runtime))).toBeLessThan(1e-4);
      expect(largest(logits, await logitsOf(base, runtime))).toBeGreaterThan(0.05);
    }
    await expect(converterOf(WEIGHTS).convert(kind)).rejects.toMatchObject({
      code: 'STAGE_UNAVAILABLE',
      message: expect.stringMatching(/integers/),
    });
  });

  test('has no more bytes of weights than its stage', async () => {
    const { weights, tensors } = await delta(WEIGHTS);
    const stage = graphOf(WEIGHTS).initializers.filter(({ name }) => name.startsWith('layer3.'));
    expect(tensors.map(({ name, dims }) => [name, dims])).toEqual(
      stage.map(({ name, dims }) => [name, dims]),
    );
    const bytes = stage.reduce((sum, each) => sum + each.bytes.length, 0);
    expect(weights!.length).toBe(bytes);
    expect(tensors.map(({ offset }) => offset % 64)).toEqual(tensors.map(() => 0));
  });

  test('is refused where the version has no family', async () => {
    const graph = graphOf(WEIGHTS);
    const calibration = () => calibrate(graph, images(1, 1), 1);
    const lone = new FormConverter({ graph, family: () => null, calibration });
    await expect(lone.convert({ precision: 'fp32', storage: 'delta' })).rejects.toMatchObject({
      code: 'STAGE_UNAVAILABLE',
    });
  });
});

test('external data is named by its digest, as parts are', async () => {
  const { graph, weights } = await converter.convert({
    precision: 'fp32',
    storage: 'onnx-external',
  });
  const model = ModelProto.toObject(ModelProto.decode(graph.bytes)) as {
    graph: { initializer: { externalData?: { key: string; value: string }[] }[] };
  };
  const locations = model.graph.initializer.flatMap(({ externalData }) =>
    (externalData ?? []).filter(({ key }) => key === 'location').map(({ value }) => value),
  );
  expect(locations.length).toBeGreaterThan(10);
  expect(new Set(locations)).toEqual(new Set([digest(weights!)]));
});

test('an int8 form is fused to integer operations, and smaller', async () => {
  const int8 = await converter.convert({ precision: 'int8', storage: 'ort' });
  // Conv, QuantizeLinear, 19 QLinearConv, 8 QLinearAdd, DequantizeLinear, ReduceMean, Gemm.
  expect(int8.graph.nodes).toBe(32);
  const plain = await converter.convert({ precision: 'fp32', storage: 'onnx' });
  expect(int8.graph.bytes.length).toBeLessThan(plain.graph.bytes.length);
});

test('names of forms are read, and others refused', () => {
  for (const kind of KINDS) expect(parseForm(formName(kind))).toEqual(kind);
  for (const wrong of ['int8', 'fp16:delta', 'fp64:ort', 'fp32:ort:x', '']) {
    expect(() => parseForm(wrong)).toThrowError(expect.objectContaining({ code: 'FORM_UNKNOWN' }));
  }
});

const python = await promisify(execFile)('python3', ['-c', 'import onnx']).then(
  () => 'python3',
  () => null,
);

test.skipIf(python === null)('the ONNX files pass the checker of the onnx package', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'patchwork-checker-'));
  try {
    const files: string[] = [];
    for (const kind of KINDS.filter(({ storage }) => storage.startsWith('onnx'))) {
      const { graph, weights } = await converter.convert(kind);
      files.push(join(folder, `${kind.precision}-${kind.storage}.onnx`));
      await writeFile(files.at(-1)!, graph.bytes);
      if (weights) await writeFile(join(folder, digest(weights)), weights);
    }
    const script =
      'import onnx, sys\nfor file in sys.argv[1:]: onnx.checker.check_model(file, full_check=True)';
    await promisify(execFile)(python!, ['-c', script, ...files]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
