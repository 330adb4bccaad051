import { expect, test } from 'vitest';
import { fitsBudget, heapExceeded, OTHER_BYTES } from '../../../exporter/heap/heap-budget.ts';

const peaks = { alone: 60e6, besideParent: 110e6 };
const budget = { swap: 'beside', isolateBytes: 128e6 } as const;

test('what counts depends on whether the version before stays in memory', () => {
  expect(fitsBudget(peaks, budget)).toBe(false);
  expect(fitsBudget(peaks, { ...budget, swap: 'replace' })).toBe(true);
  expect(fitsBudget({ ...peaks, besideParent: null }, budget)).toBe(true);
});

test('the rest of a worker has its share', () => {
  const alone = 128e6 - OTHER_BYTES;
  expect(fitsBudget({ alone, besideParent: null }, budget)).toBe(true);
  expect(fitsBudget({ alone: alone + 1, besideParent: null }, budget)).toBe(false);
});

test('a refusal has the figures, and says what would fit', () => {
  const form = { precision: 'fp32', storage: 'onnx' } as const;
  const refusal = heapExceeded(form, peaks, budget, [{ precision: 'int8', storage: 'ort' }]);
  expect(refusal).toMatchObject({ code: 'HEAP_EXCEEDED' });
  expect(refusal.message).toMatch(
    /fp32:onnx beside its parent.*110 MB.*128 MB.*int8:ort would fit/,
  );
  expect(heapExceeded(form, peaks, budget, []).message).toMatch(/none/);
  const first = heapExceeded(form, { ...peaks, besideParent: null }, budget, []);
  expect(first.message).toMatch(/fp32:onnx takes.*60 MB/);
});
