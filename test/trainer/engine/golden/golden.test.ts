import { afterAll, describe, expect, test } from 'vitest';
import { ENGINES } from '../present-engines.ts';
import { PARTS } from './compute-golden.ts';
import { deviation } from './deviation.ts';
import { PRESENT_DEVICES } from './present-devices.ts';
import { deviationsOn } from './provider-process.ts';

/**
 * Of the largest element of a tensor, or of its largest change: float32 through 20 layers and back, beside
 * double precision. The order of sums differs between engines and, on a loaded machine, from run to run.
 */
const TOLERANCE = { cpu: 1e-4, onnx: 1e-4, tensorflow: 2e-4, device: 5e-4 } as const;

const PART_NAMES: Readonly<Record<string, string>> = {
  logits: 'forward',
  gradient: 'gradients in training mode',
  meta: 'gradients of gradients, through an edit of two steps',
  step: 'a training step',
  edit: 'an edit',
};

const skipped: string[] = [];
afterAll(() => {
  for (const title of skipped) console.warn(`Golden vectors: ${title}`);
});

for (const { title, engine } of ENGINES) {
  if (!engine) {
    skipped.push(title);
    test.skip(title, () => {});
    continue;
  }
  describe(title, () => {
    test.each(Object.keys(PARTS))('%s', async (part) => {
      const { worst, where } = await deviation(engine, part);
      expect(worst, `${PART_NAMES[part]}, ${where}`).toBeLessThan(TOLERANCE[engine.name]);
    });
  });
}

for (const { title, provider, env } of PRESENT_DEVICES) {
  if (env === null) {
    skipped.push(title);
    test.skip(title, () => {});
    continue;
  }
  test(title, { timeout: 600_000 }, async () => {
    const found = await deviationsOn(provider, env);
    expect(Object.keys(found)).toEqual(Object.keys(PARTS));
    for (const [part, { worst, where }] of Object.entries(found)) {
      expect(worst, `${PART_NAMES[part]}, ${where}`).toBeLessThan(TOLERANCE.device);
    }
  });
}
