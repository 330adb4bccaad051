import { FormConverter } from '../../../exporter/format/form-converter.ts';
import { calibrate } from '../../../exporter/format/precision/int8/calibrate.ts';
import type { Graph } from '../../../exporter/graph/graph.ts';
import { randomFor } from '../../../trainer/data/random.ts';
import { traceClassifier } from '../../../trainer/export/trace-classifier.ts';
import type { Weights } from '../../../trainer/network/weights.ts';
import { randomWeights } from '../../trainer/export/random-network.ts';

export const ARCHITECTURE = { name: 'resnet18', stem: 'cifar', width: 4, classes: 5 } as const;
export const SHAPE = { height: 12, width: 12, classes: 5 };
const SIZE = 3 * SHAPE.height * SHAPE.width;
export const WEIGHTS = randomWeights(ARCHITECTURE, 1);

/** Smooth seeded images [count,3,12,12]. */
export function images(count: number, seed: number): Float32Array {
  const random = randomFor(seed, 'images');
  return Float32Array.from({ length: count * SIZE }, (_, index) => {
    const wave = Math.sin((index % SHAPE.width) / (1 + (Math.floor(index / SIZE) % 5)));
    return wave + random.between(-0.7, 0.7);
  });
}

export const graphOf = (weights: Weights): Graph => traceClassifier(ARCHITECTURE, weights, SHAPE);

/** The weights with one parameter moved. */
export function moved(parameter: string, by: number): Weights {
  const { shape, data } = WEIGHTS.get(parameter)!;
  return new Map([
    ...WEIGHTS,
    [parameter, { shape, data: data.map((value, index) => value + (index % 2 ? by : -by)) }],
  ]);
}

/** A converter of a network whose family leaves layer3 open, or other weights; its scales are those of `WEIGHTS`. */
export function converterOf(weights: Weights, opened = /^layer3\./): FormConverter {
  const [base, graph] = [graphOf(WEIGHTS), graphOf(weights)];
  const open = base.initializers.map(({ name }) => name).filter((name) => opened.test(name));
  return new FormConverter({
    graph,
    family: () => new Set(open),
    calibration: () => calibrate(base, images(16, 1), 16),
  });
}
