import { createEngine, type TrainingWay } from '../engine/way.ts';
import { type EditsFigure, timeEdits } from './edits-benchmark.ts';
import { matrixCeiling } from './matrix-ceiling.ts';
import { benchmark, type Figure, type Measured } from './training-benchmark.ts';

/** One measurement, made in a process of its own, so that none warms or crowds another. */
export type Cell =
  | {
      readonly way: TrainingWay;
      readonly measured: Measured;
      readonly width: number;
      readonly batch: number;
      readonly repetitions: number;
    }
  | { readonly way: TrainingWay; readonly measured: 'edits'; readonly edits: number };

export interface CellResult {
  /** The engine's description. */
  readonly engine: string;
  readonly figure: Figure | EditsFigure;
  /** GFLOP/s of a matrix product right after the figure. */
  readonly ceiling: number;
  /** Largest memory of the process, in bytes. */
  readonly peakMemory: number;
}

/** Run as a child process with a cell in JSON; answers its result, or the message of what failed. */
const cell = JSON.parse(process.argv[2] ?? '') as Cell;
let answer: CellResult | string;
try {
  const engine = await createEngine(cell.way);
  const figure =
    cell.measured === 'edits'
      ? await timeEdits(engine, cell.edits)
      : await benchmark(engine, cell.measured, cell.width, cell.batch, cell.repetitions);
  const peakMemory = process.resourceUsage().maxRSS * 1024;
  const ceiling = await matrixCeiling(engine);
  answer = { engine: engine.description, figure, ceiling, peakMemory };
} catch (error) {
  answer = error instanceof Error ? error.message : String(error);
}
process.send?.(answer, () => process.exit());
