import { describe, expect, test } from 'vitest';
import { adam } from '../../../trainer/editor/adam.ts';
import type { EditMethod, Override } from '../../../trainer/editor/edit-method.ts';
import { EditorMethod } from '../../../trainer/editor/editor-method.ts';
import { gradientDescent } from '../../../trainer/editor/gradient-descent.ts';
import type { Engine } from '../../../trainer/engine/engine.ts';
import { createOnnxEngine } from '../../../trainer/engine/onnx/onnx-engine.ts';
import { type Weights, weightsDigest } from '../../../trainer/network/weights.ts';
import { ConstraintProbe } from '../../../trainer/rival/constraint-probe.ts';
import { FineTuning } from '../../../trainer/rival/fine-tuning.ts';
import { INTERPOLATION_TOLERANCE, Interpolation } from '../../../trainer/rival/interpolation.ts';
import { lastLayer } from '../../../trainer/rival/last-layer.ts';
import { describeEveryEngine } from '../engine/every-engine.ts';
import {
  architecture,
  constraint64,
  data,
  fixOf,
  logits64,
  MARGIN,
  snapshot,
  unfixed,
} from './striped-fixes.ts';

const { preprocessing } = data;

const editor = (engine: Engine, maxSteps = 40): EditMethod =>
  new EditorMethod({
    engine,
    architecture,
    preprocessing,
    settings: { editor: gradientDescent(0.03), stages: ['layer4'], margin: MARGIN, maxSteps },
  });

const fineTuning = (engine: Engine, changes = {}, seed = 1): EditMethod =>
  new FineTuning(engine, architecture, data, MARGIN, seed, {
    editor: adam(3e-3),
    pictures: 6,
    weight: 1,
    maxSteps: 60,
    ...changes,
  });

const interpolation = (engine: Engine): Interpolation =>
  new Interpolation(
    editor(engine),
    new ConstraintProbe(engine, architecture, preprocessing),
    MARGIN,
  );

const methods: Record<string, (engine: Engine) => EditMethod> = {
  'last-layer': (engine) => lastLayer({ engine, architecture, preprocessing }, MARGIN),
  'fine-tune-rehearsal': fineTuning,
  interpolation,
};

const changedNames = (weights: Weights) =>
  [...weights]
    .filter(
      ([name, { data }]) =>
        !Buffer.from(data.buffer, data.byteOffset, data.byteLength).equals(
          Buffer.from(unfixed.weights.get(name)!.data.buffer),
        ),
    )
    .map(([name]) => name);

describeEveryEngine((engine) => {
  test.each(Object.keys(methods))('%s makes the constraint hold, out of place', async (name) => {
    const method = methods[name]!(engine);
    expect(method.name).toBe(name);
    const never: Override = { label: 0, matches: () => false };
    const model = { ...unfixed, overrides: [never] };
    const was = snapshot(model);
    for (const index of [2, 5]) {
      const fix = fixOf(index);
      const outcome = await method.edit(model, fix);
      expect(outcome.success).toBe(true);
      expect(outcome.steps).toBeGreaterThan(0);
      expect(outcome.lossBefore).toBeCloseTo(constraint64(model.weights, fix), 3);
      const after = constraint64(outcome.model.weights, fix);
      expect(outcome.lossAfter).toBeCloseTo(after, 3);
      expect(after).toBeLessThan(-MARGIN + 1e-3);
      expect(outcome.model.overrides).toEqual([never]);
      const again = await method.edit(outcome.model, fix);
      expect(again).toMatchObject({ success: true, steps: 0, lossAfter: again.lossBefore });
      expect(snapshot(again.model)).toEqual(snapshot(outcome.model));
    }
    expect(snapshot(model)).toEqual(was);
    await method.dispose();
  });
});

describe('on the onnx engine', () => {
  const engine = createOnnxEngine();
  const fix = fixOf(2);

  test('the last layer alone moves', async () => {
    const method = lastLayer({ engine, architecture, preprocessing }, MARGIN);
    const { model } = await method.edit(unfixed, fix);
    expect(changedNames(model.weights)).toEqual(['fc.weight', 'fc.bias']);
    await method.dispose();
  });

  describe('fine-tuning', () => {
    test('moves all stages, and no running statistic', async () => {
      const method = fineTuning(engine);
      const names = changedNames((await method.edit(unfixed, fix)).model.weights);
      const learned = [...unfixed.weights.keys()].filter((name) => !name.includes('running'));
      expect(names).toEqual(learned);
      await method.dispose();
    });

    test('does the same for the same seed, and other draws for another', async () => {
      const [first, second] = [fineTuning(engine), fineTuning(engine, {}, 2)];
      const digestBy = async (method: EditMethod) =>
        weightsDigest((await method.edit(unfixed, fix)).model.weights);
      const digest = await digestBy(first);
      await first.edit(unfixed, fixOf(5));
      expect(await digestBy(first)).toBe(digest);
      expect(await digestBy(second)).not.toBe(digest);
      await first.dispose();
      await second.dispose();
    });

    test('goes by the gradient of both cross-entropies', async () => {
      // A step of descent at a rate of 1 is the gradient.
      const gradient = async (weight: number) => {
        const settings = { editor: gradientDescent(1), maxSteps: 1, weight };
        const method = fineTuning(engine, settings);
        const { model } = await method.edit(unfixed, fix);
        await method.dispose();
        const before = unfixed.weights.get('fc.bias')!.data;
        return model.weights.get('fc.bias')!.data.map((value, i) => before[i]! - value);
      };
      const [alone, once, twice] = [await gradient(0), await gradient(1), await gradient(2)];
      // d cross-entropy / d bias = probabilities - one-hot.
      const powers = logits64(unfixed.weights, fix.picture).map(Math.exp);
      const sum = powers.reduce((total, power) => total + power);
      powers.forEach((power, label) => {
        expect(alone[label]).toBeCloseTo(power / sum - (label === fix.label ? 1 : 0), 4);
      });
      const rehearsed = once.map((value, i) => value - alone[i]!);
      expect(Math.max(...rehearsed.map(Math.abs))).toBeGreaterThan(1e-3);
      twice.forEach((value, i) => {
        expect(value).toBeCloseTo(alone[i]! + 2 * rehearsed[i]!, 4);
      });
    });

    test('fails where the steps do not suffice, with as far as it got', async () => {
      const method = fineTuning(engine, { editor: adam(1e-5), maxSteps: 2 });
      const outcome = await method.edit(unfixed, fix);
      expect(outcome).toMatchObject({ success: false, steps: 2 });
      expect(outcome.lossAfter).toBeCloseTo(constraint64(outcome.model.weights, fix), 3);
      expect(outcome.lossAfter).toBeLessThan(outcome.lossBefore!);
      await method.dispose();
    });
  });

  describe('interpolation', () => {
    test('goes back as far as the constraint allows', async () => {
      const whole = editor(engine);
      const edited = (await whole.edit(unfixed, fix)).model.weights;
      await whole.dispose();
      const method = interpolation(engine);
      const { model } = await method.edit(unfixed, fix);
      await method.dispose();
      // The share, from the parameter that moved the most.
      const shares = [...edited].flatMap(([name, { data }]) => {
        const before = unfixed.weights.get(name)!.data;
        const between = model.weights.get(name)!.data;
        return Array.from(data, (value, i) => ({
          moved: Math.abs(value - before[i]!),
          share: (between[i]! - before[i]!) / (value - before[i]!),
        }));
      });
      const { share } = shares.reduce((one, other) => (other.moved > one.moved ? other : one));
      expect(share).toBeGreaterThan(0);
      expect(share).toBeLessThan(1);
      const at = (t: number): Weights =>
        new Map(
          [...unfixed.weights].map(([name, { shape, data }]) => {
            const end = edited.get(name)!.data;
            return [name, { shape, data: data.map((value, i) => value + t * (end[i]! - value)) }];
          }),
        );
      expect(constraint64(at(share), fix)).toBeLessThanOrEqual(-MARGIN + 1e-4);
      expect(constraint64(at(share - INTERPOLATION_TOLERANCE), fix)).toBeGreaterThan(-MARGIN);
    });

    test('returns a failure as it is', async () => {
      const probe = new ConstraintProbe(engine, architecture, preprocessing);
      const failing = new Interpolation(editor(engine, 1), probe, MARGIN);
      const failed = await failing.edit(unfixed, fix);
      expect(failed).toMatchObject({ success: false, steps: 1 });
      expect(failed.lossAfter).toBeCloseTo(constraint64(failed.model.weights, fix), 3);
      expect(changedNames(failed.model.weights).length).toBeGreaterThan(0);
      await failing.dispose();
    });
  });
});
