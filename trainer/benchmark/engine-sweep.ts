import { type TrainingWay, wayName } from '../engine/way.ts';
import type { CellResult } from './cell.ts';
import { measureCell } from './measure-cell.ts';
import { type Figure, MEASURED } from './training-benchmark.ts';

const REPETITIONS = 2;
const HEADINGS = [
  'engine',
  'width',
  'batch',
  'measured',
  'images/s',
  'GFLOP/s',
  'of MatMul',
  'peak MB',
  'start s',
];

export interface SweepOptions {
  readonly ways: readonly TrainingWay[];
  readonly widths: readonly number[];
  readonly batches: readonly number[];
  readonly say: (line: string) => void;
}

/** Every figure at every width and batch size on each engine, as a table; what fails is told and left out. @returns all, for JSON */
export async function sweepEngines(options: SweepOptions): Promise<object> {
  const { ways, widths, batches, say } = options;
  const results: object[] = [];
  say(row(HEADINGS));
  for (const way of ways) {
    for (const width of widths) {
      for (const batch of batches) {
        for (const measured of MEASURED) {
          const cell = { way, measured, width, batch, repetitions: REPETITIONS };
          const place = [wayName(way), width, batch, measured].map(String);
          try {
            const result = await measureCell(cell);
            say(row([...place, ...figures(result)]));
            results.push({ cell, ...result });
          } catch (error) {
            const failure = error instanceof Error ? error.message : String(error);
            say(`${row(place)} ${failure}`);
            results.push({ cell, failure });
          }
        }
      }
    }
  }
  return { results };
}

function figures({ figure, ceiling, peakMemory }: CellResult): string[] {
  const { imagesPerSecond, gflops, startSeconds } = figure as Figure;
  return [
    imagesPerSecond.toFixed(1),
    gflops.toFixed(0),
    `${((100 * gflops) / ceiling).toFixed(0)} %`,
    (peakMemory / 1e6).toFixed(0),
    startSeconds.toFixed(1),
  ];
}

function row(cells: readonly string[]): string {
  return cells
    .map((cell, index) => (index === 3 ? cell.padEnd(18) : cell.padStart(index === 0 ? 14 : 9)))
    .join(' ');
}
