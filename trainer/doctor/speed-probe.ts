import { matrixCeiling } from '../benchmark/matrix-ceiling.ts';
import { benchmark } from '../benchmark/training-benchmark.ts';
import type { Engine } from '../engine/engine.ts';

/** A training step that is over in a moment, also where tracing comes first. */
const WIDTH = 16;
const BATCH = 64;

export interface Speed {
  /** GFLOP/s of a product of two square matrices. */
  readonly matrixProduct: number;
  /** GFLOP/s and images/s of a training step of ResNet-18, width 16, batch 64. */
  readonly trainingStep: number;
  readonly imagesPerSecond: number;
}

/** How fast an engine computes, in about five seconds. */
export async function probeSpeed(engine: Engine): Promise<Speed> {
  const { gflops, imagesPerSecond } = await benchmark(engine, 'train', WIDTH, BATCH, 3);
  return { matrixProduct: await matrixCeiling(engine), trainingStep: gflops, imagesPerSecond };
}
