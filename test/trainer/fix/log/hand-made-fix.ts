import { DEFAULT_THRESHOLDS } from '../../../../trainer/fix/gate/thresholds.ts';
import type { LoggedFix } from '../../../../trainer/fix/log/log-writer.ts';
import { type Weights, weightsDigest } from '../../../../trainer/network/weights.ts';
import { handMadePatch } from '../../patch/hand-made-patch.ts';
import { someFigures } from '../some-figures.ts';

/** A fix of `weights` that sets the bias of the head, with a record made by hand. */
export function handMadeFix(
  weights: Weights,
  bias: readonly [number, number],
  parent: string | null = null,
): LoggedFix {
  const patch = handMadePatch(weights, bias);
  return {
    patch,
    record: {
      schema: 'patchwork/fix@1',
      id: patch.id,
      parent,
      weights: weightsDigest(new Map([...weights, ...patch.changed])),
      labelNames: ['klein', 'größer', 'leer'],
      labels: ['größer'],
      author: 'Ada <ada>',
      at: '2026-01-02T03:04:05.000Z',
      seed: 1,
      editable: false,
      strategy: 'alone',
      candidate: 'gradient-descent 0.05 on layer3+head',
      share: 0.5,
      candidates: [
        {
          name: 'gradient-descent 0.05 on layer3+head',
          state: 'chosen',
          steps: 3,
          share: 0.5,
          damage: { broken: 0, short: false, negativeFlips: 1, overReach: 0, lost: 0.25 },
        },
      ],
      reason: 'it does the least damage of 1 candidates that fix it',
      control: { name: 'stripes', fingerprint: 'ab'.repeat(32), pictures: 1000 },
      thresholds: DEFAULT_THRESHOLDS,
      decision: {
        verdict: 'accept',
        checks: [
          { name: 'drawdown', passed: true, use: 0.2, text: 'clean error rises by 0.10 pp' },
        ],
        reasons: [],
      },
      forced: false,
      figures: someFigures({ flips: 1, earlier: [-0.5, -0.4] }),
      comparison: null,
      stages: [{ stage: 'edits', seconds: 1.5 }],
    },
  };
}
