import { expect, test } from 'vitest';
import { bestEpoch, bestPath } from '../../../trainer/training/best-epoch.ts';

const validated = (epoch: number, validationScore: number) => ({
  step: epoch * 5,
  epoch,
  validationScore,
});

test('the best epoch has the highest score, and is the first of several that have it', () => {
  const updates = { step: 3, updates: 3, loss: 1 };
  expect(bestEpoch([])).toBeNull();
  expect(bestEpoch([updates])).toBeNull();
  const curve = [
    updates,
    validated(1, 0.2),
    updates,
    validated(2, 0.6),
    validated(3, 0.6),
    validated(4, 0.4),
  ];
  expect(bestEpoch(curve)).toEqual(validated(2, 0.6));
});

test("the best epoch's network lies beside the checkpoint", () => {
  expect(bestPath('runs/model.safetensors')).toBe('runs/model.best.safetensors');
  expect(bestPath('runs/model')).toBe('runs/model.best.safetensors');
});
