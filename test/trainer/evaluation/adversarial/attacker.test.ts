import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { pictureAt, subset } from '../../../../trainer/data/picture-set.ts';
import { randomFor } from '../../../../trainer/data/random.ts';
import { createOnnxEngine } from '../../../../trainer/engine/onnx/onnx-engine.ts';
import { randomStart, stepUphill } from '../../../../trainer/evaluation/adversarial/ascent.ts';
import { FGSM, PGD } from '../../../../trainer/evaluation/adversarial/attack.ts';
import { Attacker } from '../../../../trainer/evaluation/adversarial/attacker.ts';
import { numberedPictures } from '../../data/numbered-pictures.ts';
import { describeEveryEngine } from '../../engine/every-engine.ts';
import { randomPicture } from '../random-picture.ts';
import { data, lossOf, network } from './attacked-network.ts';

const attackers: Attacker[] = [];
afterEach(async () => {
  for (const attacker of attackers.splice(0)) await attacker.dispose();
});

function attackerOn(engine: ConstructorParameters<typeof Attacker>[0]): Attacker {
  const attacker = new Attacker(engine, network);
  attackers.push(attacker);
  return attacker;
}

const startOf = (index: number) => randomFor(3, index);
const size = 8 * 8 * 3;

describeEveryEngine((engine) => {
  test('FGSM moves each byte by the radius, to where the loss grows', async () => {
    const set = subset(data.test, [4, 5]);
    const changed = await attackerOn(engine).attack(set, FGSM, startOf);
    const random = randomFor(1, 'checked bytes');
    let checked = 0;
    for (let check = 0; check < 60; check++) {
      const index = random.integer(changed.length);
      const picture = Math.floor(index / size);
      const { pixels } = pictureAt(set, picture);
      const nudged = (by: number) => {
        const values = Float64Array.from(pixels);
        values[index % size]! += by;
        return lossOf(values, set.labels[picture]!);
      };
      const slope = (nudged(1e-3) - nudged(-1e-3)) / 2e-3;
      // The sign of a slope this small is that of the rounding of float32.
      if (Math.abs(slope) < 1e-7) continue;
      checked++;
      const wanted = set.pixels[index]! + 8 * Math.sign(slope);
      expect(changed[index]).toBe(Math.min(255, Math.max(0, wanted)));
    }
    expect(checked).toBeGreaterThan(40);
  });

  test('PGD makes every picture worse, and no byte leaves its ball', async () => {
    const set = subset(data.test, [0, 1, 2, 3, 4, 5]);
    const changed = await attackerOn(engine).attack(set, PGD, startOf);
    expect(changed).toHaveLength(set.pixels.length);
    changed.forEach((value, index) => {
      expect(Math.abs(value - set.pixels[index]!)).toBeLessThanOrEqual(8);
    });
    for (let picture = 0; picture < set.count; picture++) {
      const label = set.labels[picture]!;
      const before = lossOf(pictureAt(set, picture).pixels, label);
      const after = lossOf(changed.subarray(picture * size, (picture + 1) * size), label);
      expect(after).toBeGreaterThan(before);
    }
  });
});

describe('attacks', async () => {
  const engine = await createOnnxEngine();

  test('by PGD are worse on the whole than one step as far', async () => {
    const attacker = attackerOn(engine);
    const set = subset(data.test, [...Array(12).keys()]);
    const losses = async (attack: typeof PGD) => {
      const changed = await attacker.attack(set, attack, startOf);
      return [...set.labels].reduce(
        (sum, label, index) =>
          sum + lossOf(changed.subarray(index * size, (index + 1) * size), label),
        0,
      );
    };
    expect(await losses({ ...PGD, randomStart: false })).toBeGreaterThan(await losses(FGSM));
  });

  test('do not depend on the pictures beside', async () => {
    const attacker = attackerOn(engine);
    // More than one batch.
    const all = await attacker.attack(data.test, FGSM, startOf);
    for (const picture of [0, 127, 128, 134]) {
      const alone = await attacker.attack(subset(data.test, [picture]), FGSM, startOf);
      const among = all.subarray(picture * size, (picture + 1) * size);
      const different = alone.filter((value, index) => value !== among[index]);
      // A slope of nearly nothing may have either sign in float32.
      expect(different.length).toBeLessThanOrEqual(2);
    }
  });

  test('begin where their seeds say', async () => {
    const attacker = attackerOn(engine);
    const set = subset(data.test, [0, 1, 2]);
    const first = await attacker.attack(set, PGD, startOf);
    expect(await attacker.attack(set, PGD, startOf)).toEqual(first);
    const other = await attacker.attack(set, PGD, (index) => randomFor(4, index));
    expect(other).not.toEqual(first);
    expect(set.pixels).toEqual(subset(data.test, [0, 1, 2]).pixels);
  });

  test('refuse parts of bytes, and pictures of other networks', async () => {
    const attacker = attackerOn(engine);
    for (const wrong of [{ step: 0.5 }, { radius: 0 }, { steps: 0 }, { radius: 256 }]) {
      await expect(attacker.attack(data.test, { ...PGD, ...wrong }, startOf)).rejects.toMatchObject(
        { code: 'ATTACK_INVALID' },
      );
    }
    await expect(
      attacker.attack(numberedPictures({ count: 2 }), PGD, startOf),
    ).rejects.toMatchObject({
      code: 'SET_MISMATCH',
      message: expect.stringMatching(/"numbers" has 4 x 6 pixels and 10 labels.*8 x 8 and 3/),
    });
  });
});

test('no start and no step leaves the ball or the range of bytes', () => {
  const radius = fc.integer({ min: 1, max: 255 });
  const step = fc.integer({ min: 1, max: 255 });
  fc.assert(
    fc.property(fc.integer(), radius, step, (seed, radius, step) => {
      const { pixels: origin } = randomPicture(3, 4, seed);
      const random = randomFor(seed, 'start');
      const current = randomStart(origin, radius, random);
      const inBall = () =>
        current.every(
          (value, index) =>
            Math.abs(value - origin[index]!) <= radius && value >= 0 && value <= 255,
        );
      expect(inBall()).toBe(true);
      for (let steps = 0; steps < 3; steps++) {
        const before = Uint8Array.from(current);
        const gradient = Float32Array.from(origin, () => random.integer(3) - 1);
        stepUphill(current, origin, gradient, 12, {
          name: 'any',
          radius,
          step,
          steps: 3,
          randomStart: true,
        });
        expect(inBall()).toBe(true);
        current.forEach((value, index) => {
          const slope = gradient[(index % 3) * 12 + Math.floor(index / 3)]!;
          const moved = value - before[index]!;
          expect(moved * slope).toBeGreaterThanOrEqual(0);
          const bound = slope > 0 ? origin[index]! + radius : origin[index]! - radius;
          const free = Math.abs(Math.min(255, Math.max(0, bound)) - before[index]!);
          expect(Math.abs(moved)).toBe(slope === 0 ? 0 : Math.min(step, free));
        });
      }
    }),
  );
});

test('starts are spread over the whole ball', () => {
  const starts = randomStart(new Uint8Array(3000).fill(100), 2, randomFor(1));
  for (const value of [98, 99, 100, 101, 102]) {
    expect(starts.filter((start) => start === value).length).toBeGreaterThan(500);
  }
});
