import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { disposeValues } from '../../../trainer/network/weights.ts';
import { adamRate } from '../../../trainer/training/adam.ts';
import { trainingStep } from '../../../trainer/training/training-step.ts';
import { describeEveryEngine } from '../engine/every-engine.ts';

const LEARNING_RATE = 0.01;
const START = [0.5, -1, 2];

/** Algorithm 1 of Kingma & Ba 2015 in double precision: what Adam makes of START by these gradients. */
function adam64(gradients: readonly number[][]): number[] {
  const [parameter, m, v] = [[...START], [0, 0, 0], [0, 0, 0]];
  gradients.forEach((gradient, index) => {
    const t = index + 1;
    gradient.forEach((g, i) => {
      m[i] = 0.9 * m[i]! + 0.1 * g;
      v[i] = 0.999 * v[i]! + 0.001 * g * g;
      const corrected = [m[i]! / (1 - 0.9 ** t), v[i]! / (1 - 0.999 ** t)] as const;
      parameter[i]! -= (LEARNING_RATE * corrected[0]) / (Math.sqrt(corrected[1]) + 1e-8);
    });
  });
  return parameter;
}

/**
 * A step whose loss is <p, slope> + <q, slope> / 2, so that the gradient of `p` is `slope` and that of `q`
 * half of it; in terms of which one has no `p`, one no `q`, and the third both.
 */
const linearStep = (clipNorm: number | null) =>
  trainingStep(
    ['p', 'q'],
    [],
    {
      terms: ({ slope }, _statistics, report) => [
        ({ q }) => tf.sum(tf.mul(tf.mul(q!, slope!), 0.25)),
        ({ p }, inTurn) => tf.sum(tf.mul(p!, tf.mul(inTurn(slope!), 0.75))),
        ({ p, q }, inTurn) => {
          const loss = tf.sum(tf.mul(tf.add(p!, q!), tf.mul(inTurn(slope!), 0.25)));
          report('quarter', tf.clone(loss) as tf.Scalar);
          return loss as tf.Scalar;
        },
      ],
    },
    clipNorm,
  );

describeEveryEngine((engine) => {
  const upload = (values: readonly number[], shape = [values.length]) =>
    engine.upload(Float32Array.from(values), shape);
  const start = () => {
    const zero = () => upload([0, 0, 0]);
    const moments = { 'moment1.p': zero(), 'moment2.p': zero(), 'moment1.q': zero() };
    return { p: upload(START), q: upload([0, 0, 0]), ...moments, 'moment2.q': zero() };
  };

  test('updates parameters as Adam does, over many steps', async () => {
    const gradients = Array.from({ length: 30 }, (_, t) =>
      START.map((_, i) => Math.fround(Math.sin(t + i) + 0.3 * i - 0.2)),
    );
    const step = engine.compile(linearStep(null));
    let state: Record<string, ReturnType<typeof upload>> = start();
    for (const [index, gradient] of gradients.entries()) {
      const rate = upload([adamRate(LEARNING_RATE, index + 1)], []);
      const inputs = { ...state, rate, slope: upload(gradient) };
      const { 'report.loss': loss, 'report.quarter': quarter, ...next } = await step.run(inputs);
      const [p, q] = [await state.p!.read(), await state.q!.read()];
      const sum = (weigh: (i: number) => number) =>
        gradient.reduce((total, slope, i) => total + slope * weigh(i), 0);
      expect((await loss!.read())[0]).toBeCloseTo(
        sum((i) => p[i]! + q[i]! / 2),
        4,
      );
      expect((await quarter!.read())[0]).toBeCloseTo(
        sum((i) => (p[i]! + q[i]!) / 4),
        4,
      );
      disposeValues({ ...inputs, loss: loss!, quarter: quarter! });
      state = next;
    }
    const moved = await state.p!.read();
    adam64(gradients).forEach((expected, i) => {
      expect(moved[i]).toBeCloseTo(expected, 5);
    });
    disposeValues(state);
    await step.dispose();
  });

  test('weights lose their share beside the update, vectors do not', async () => {
    const step = engine.compile(linearStep(null));
    const matrix = [4, -8, 16];
    const run = async (decay: Record<string, ReturnType<typeof upload>>) => {
      const zero = (name: string) => [name, upload([0, 0, 0], [3, 1])] as const;
      const moments = Object.fromEntries(['moment1.q', 'moment2.q'].map(zero));
      const inputs = {
        ...start(),
        q: upload(matrix, [3, 1]),
        ...moments,
        ...decay,
        rate: upload([adamRate(LEARNING_RATE, 1)], []),
        slope: upload([2, -3, 6]),
      };
      const outputs = await step.run(inputs);
      const read = { p: [...(await outputs.p!.read())], q: [...(await outputs.q!.read())] };
      disposeValues({ ...inputs, ...outputs });
      return read;
    };
    const plain = await run({});
    const decayed = await run({ decay: upload([0.125], []) });
    expect(decayed.p).toEqual(plain.p);
    decayed.q.forEach((value, i) => {
      expect(value).toBeCloseTo(plain.q[i]! - matrix[i]! / 8, 5);
    });
    await step.dispose();
  });

  describe('with a bound on the norm of all gradients together', () => {
    // Of both parameters together: sqrt(2^2 + 3^2 + 6^2) * sqrt(1 + 1/4).
    const norm = 7 * Math.sqrt(1.25);
    test.each([
      ['scales all of them down to it', norm / 4, 1 / 4],
      ['leaves shorter ones alone', norm * 1.01, 1],
    ])('%s', async (_, clipNorm, factor) => {
      const step = engine.compile(linearStep(clipNorm));
      const inputs = { ...start(), rate: upload([0.01], []), slope: upload([2, -3, 6]) };
      const outputs = await step.run(inputs);
      const first = await outputs['moment1.p']!.read();
      const second = await outputs['moment1.q']!.read();
      [2, -3, 6].forEach((slope, i) => {
        expect(first[i]! / 0.1).toBeCloseTo(slope * factor, 5);
        expect(second[i]! / 0.1).toBeCloseTo((slope / 2) * factor, 5);
      });
      disposeValues({ ...inputs, ...outputs });
      await step.dispose();
    });
  });
});
