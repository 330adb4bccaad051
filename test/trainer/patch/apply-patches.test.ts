import { expect, test } from 'vitest';
import { weightsDigest } from '../../../trainer/network/weights.ts';
import { applyPatches } from '../../../trainer/patch/patch.ts';
import { BASE, handMadePatch } from './hand-made-patch.ts';

const first = handMadePatch(BASE, [0.3, 0.4]);
const patched = applyPatches(BASE, [first]);
const second = handMadePatch(patched, [0.5, 0.6]);

test('patches replace what they change, in order, and leave the rest and the base', () => {
  const digest = weightsDigest(BASE);
  const both = applyPatches(BASE, [first, second]);
  expect(both.get('fc.bias')!.data).toEqual(Float32Array.of(0.5, 0.6));
  expect(both.get('conv1.weight')).toBe(BASE.get('conv1.weight'));
  expect(patched.get('fc.bias')!.data).toEqual(Float32Array.of(0.3, 0.4));
  expect(weightsDigest(new Map(BASE))).toBe(digest);
  expect(applyPatches(BASE, [])).toEqual(BASE);
});

test.each([
  ['a foreign base', [second], second],
  ['the wrong order', [second, first], second],
  ['the same patch twice', [first, first], first],
])('%s is refused, naming the patch and what it was made for', (_, patches, culprit) => {
  expect(() => applyPatches(BASE, patches)).toThrow(
    expect.objectContaining({
      code: 'BASE_MISMATCH',
      message: expect.stringMatching(`${culprit.id}.*${culprit.base.slice(0, 12)}`),
    }),
  );
});

test('weights are told apart by name, shape and every element', () => {
  const changes: [string, { shape: number[]; data: Float32Array }][] = [
    ['fc.bias', { shape: [2], data: Float32Array.of(0.1, Math.fround(-0.2) + 2 ** -26) }],
    ['fc.bias', { shape: [1, 2], data: BASE.get('fc.bias')!.data }],
    ['fc.other', { shape: [2], data: BASE.get('fc.bias')!.data }],
  ];
  const digests = changes.map(([name, tensor]) => {
    const weights = new Map(BASE);
    weights.delete('fc.bias');
    return weightsDigest(weights.set(name, tensor));
  });
  expect(new Set([weightsDigest(BASE), ...digests]).size).toBe(4);
  expect(weightsDigest(new Map([...BASE].reverse()))).toBe(weightsDigest(BASE));
});
