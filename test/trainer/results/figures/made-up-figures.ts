import type { Figures, NetworkFigures } from '../../../../trainer/results/figures/figures.ts';

export const exactly = (mean: number, count = 2) => ({ mean, low: mean, high: mean, count });

type Experiment = NetworkFigures['experiments'][number];

/** Two edits of one method. */
export function experiment(drawdown: number, rest: Partial<Experiment> = {}): Experiment {
  return {
    protocol: 'paper',
    method: 'rmsprop',
    settings: { rate: 0.001, stages: 'layer3' },
    units: 2,
    figures: { success: exactly(1), steps: exactly(3), 'drawdown.clean': exactly(drawdown) },
    drawdowns: [drawdown, drawdown],
    ...rest,
  };
}

export function network(
  name: string,
  seed: number,
  error: number,
  experiments: readonly Experiment[],
  rest: Partial<NetworkFigures> = {},
): NetworkFigures {
  return {
    network: name,
    seed,
    weights: 'ab',
    architecture: 'ResNet-18 of width 8, cifar stem',
    data: 'made-up',
    engine: 'onnx',
    pictures: 100,
    error,
    evaluationSeed: 9,
    training: [`npx patchwork train --seed ${seed} --out ${name}.safetensors`],
    evaluation: [`npx patchwork evaluate --checkpoint ${name}.safetensors --seed 9`],
    experiments: [...experiments],
    ...rest,
  };
}

/** An ordinary and an editable network of one seed. */
export const COMPARED: Figures = {
  networks: [
    network('ordinary', 4, 0.1, [experiment(0.12)]),
    network('editable', 4, 0.104, [experiment(0.02)]),
  ],
  forms: [],
};
