import { createHash } from 'node:crypto';
import type { HostTensor, Weights } from '../../../trainer/network/weights.ts';
import { weightsDigest } from '../../../trainer/network/weights.ts';
import { type Patch, patchId } from '../../../trainer/patch/patch.ts';

const tensor = (...data: number[]): HostTensor => ({
  shape: [data.length],
  data: Float32Array.from(data),
});

/** Weights of no network in particular. */
export const BASE: Weights = new Map([
  ['conv1.weight', tensor(1, 2, 3)],
  ['layer3.0.bn1.bias', tensor(4, 5)],
  ['fc.bias', tensor(0.1, -0.2)],
]);

/** A patch of `weights` that sets the bias of the head. */
export function handMadePatch(weights: Weights, bias: readonly [number, number]): Patch {
  const pixels = Uint8Array.from({ length: 4 * 3 * 3 }, (_, index) => 7 * index);
  const base = weightsDigest(weights);
  const changed = new Map([['fc.bias', tensor(...bias)]]);
  const constraints = [
    {
      picture: { height: 4, width: 3, pixels },
      imageSha256: createHash('sha256').update(pixels).digest('hex'),
      label: 1,
      labelName: 'größer',
    },
  ];
  return {
    id: patchId(base, changed, constraints),
    base,
    changed,
    constraints,
    settings: {
      editor: 'gradient-descent',
      editorSettings: { rate: 0.05 },
      stages: ['layer3', 'head'],
      margin: 0.1,
      maxSteps: 10,
      rehearsal: { weight: 0.5, pictures: 32, batch: 8, seed: 3 },
      views: 0.6,
    },
    report: {
      steps: 3,
      lossBefore: 0.1 + 0.2,
      lossAfter: -1 / 3,
      labelBefore: 0,
      control: { name: 'stripes-test', fingerprint: 'ab'.repeat(32), pictures: 60 },
      errorBefore: 0.05,
      errorAfter: 0.1,
      drawdown: 0.05,
      negativeFlips: [{ picture: 17, label: 0, before: 0, after: 1 }],
      positiveFlips: [],
    },
  };
}
