import * as tf from '@tensorflow/tfjs';
import type { Engine } from '../engine/engine.ts';

const SIDE = 2048;
const REPETITIONS = 6;

/** GFLOP/s of a square matrix product on the engine: what the hardware gives it at best. */
export async function matrixCeiling(engine: Engine): Promise<number> {
  const product = engine.compile(({ a, b }) => ({
    product: tf.sum(tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D), 0),
  }));
  const ones = new Float32Array(SIDE * SIDE).map((_, index) => (index % 7) - 3);
  const inputs = { a: engine.upload(ones, [SIDE, SIDE]), b: engine.upload(ones, [SIDE, SIDE]) };
  let best = Number.POSITIVE_INFINITY;
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    const began = performance.now();
    const { product: sums } = await product.run(inputs);
    await sums!.read();
    sums!.dispose();
    best = Math.min(best, (performance.now() - began) / 1000);
  }
  await product.dispose();
  return (2 * SIDE ** 3) / best / 1e9;
}
