import { measureCell, TimeLimitError } from '../benchmark/measure-cell.ts';
import type { Figure } from '../benchmark/training-benchmark.ts';
import type { TrainingWay } from '../engine/way.ts';

/**
 * Training steps that are over in a moment: of a narrow network, where engines differ by what a step costs
 * beside arithmetic, and of a wide one, where arithmetic decides.
 */
const STEPS = [
  { width: 16, batch: 64, repetitions: 2 },
  { width: 64, batch: 32, repetitions: 1 },
] as const;

/** For one step's process, its start and tracing included; only a device that cannot train takes longer. */
const LIMIT_SECONDS = 180;

export interface TrainingSpeed {
  /** Channels of the first stage of the ResNet-18. */
  readonly width: number;
  readonly batch: number;
  readonly gflops: number;
  readonly imagesPerSecond: number;
}

export interface Speed {
  /** GFLOP/s of a product of two square matrices. */
  readonly matrixProduct: number;
  readonly training: readonly TrainingSpeed[];
}

/**
 * How fast a way computes, or null where it does not finish a training step of the narrow network in time.
 * @throws Error with the reason where a step fails
 */
export async function probeSpeed(way: TrainingWay): Promise<Speed | null> {
  let matrixProduct = 0;
  const training: TrainingSpeed[] = [];
  for (const { width, batch, repetitions } of STEPS) {
    const cell = { way, measured: 'train', width, batch, repetitions } as const;
    const result = await measureCell(cell, LIMIT_SECONDS).catch((error) => {
      if (error instanceof TimeLimitError) return null;
      throw error;
    });
    if (!result) break;
    const { gflops, imagesPerSecond } = result.figure as Figure;
    matrixProduct = Math.max(matrixProduct, result.ceiling);
    training.push({ width, batch, gflops, imagesPerSecond });
  }
  return training.length === 0 ? null : { matrixProduct, training };
}
