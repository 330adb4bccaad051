import { type TrainingWay, wayName } from '../engine/way.ts';
import type { EditsFigure } from './edits-benchmark.ts';
import { measureCell } from './measure-cell.ts';
import { measurePeer } from './peer.ts';
import { type Figure, MEASURED, type Measured } from './training-benchmark.ts';

const WIDTH = 64;
const BATCH = 128;
const REPETITIONS = 4;

export interface TrainerBenchmarkOptions {
  readonly ways: readonly TrainingWay[];
  /** How many edits are made; the time for 100 is extrapolated from fewer. */
  readonly edits: number;
  readonly peer: { readonly python: string; readonly script: string } | null;
  readonly say: (line: string) => void;
}

type Peer = Partial<Record<Measured, number>>;

/**
 * The figures of a ResNet-18 of width 64 at batch 128 on each engine, beside the peer's where there is one.
 * @returns what was measured, for JSON
 */
export async function benchmarkTrainer(options: TrainerBenchmarkOptions): Promise<object> {
  const { ways, edits, peer, say } = options;
  const rates = peer ? await measurePeer(peer.python, peer.script) : {};
  const results: object[] = [];
  for (const way of ways) {
    for (const measured of MEASURED) {
      const cell = { way, measured, width: WIDTH, batch: BATCH, repetitions: REPETITIONS };
      const result = await measureCell(cell);
      const figure = result.figure as Figure;
      const rate = rates[measured];
      const ratio = rate === undefined ? null : figure.imagesPerSecond / rate;
      say(
        `${wayName(way)}, ${measured}: ${describe(figure, result.ceiling)}${beside(rates, figure)}`,
      );
      results.push({ ...result, ratio });
    }
    const result = await measureCell({ way, measured: 'edits', edits });
    say(`${wayName(way)}, ${describeEdits(result.figure as EditsFigure)}`);
    results.push(result);
  }
  return { width: WIDTH, batch: BATCH, peer: rates, results };
}

function describe({ imagesPerSecond, gflops }: Figure, ceiling: number): string {
  const share = (100 * gflops) / ceiling;
  return `${imagesPerSecond.toFixed(1)} images/s, ${gflops.toFixed(0)} GFLOP/s, ${share.toFixed(0)} % of the ${ceiling.toFixed(0)} of a matrix product`;
}

function beside(peer: Peer, { measured, imagesPerSecond }: Figure): string {
  const rate = peer[measured];
  if (rate === undefined) return '';
  return `; the peer ${rate.toFixed(1)} images/s, ratio ${(imagesPerSecond / rate).toFixed(2)}`;
}

function describeEdits(figure: EditsFigure): string {
  const { edits, prepareSeconds, secondsPerEdit, meanSteps, secondsFor100 } = figure;
  const means = edits === 100 ? 'measured' : `extrapolated from ${edits}`;
  return `100 edits of layer3, each scored on 2,000 pictures: ${(secondsFor100 / 60).toFixed(1)} minutes, ${means} (${secondsPerEdit.toFixed(2)} s an edit of ${meanSteps.toFixed(1)} steps, ${prepareSeconds.toFixed(1)} s to prepare)`;
}
