import type { Architecture } from '../network/architecture.ts';
import { trainingLayer } from '../network/convolution-layer.ts';
import { correctCount, crossEntropy } from '../network/loss.ts';
import { resnet18 } from '../network/resnet18.ts';
import type { Objective } from './objective.ts';

/** Ordinary training: the cross-entropy of the batch. */
export function crossEntropyObjective(architecture: Architecture): Objective {
  return {
    clipNorm: null,
    loss: (parameters, { images, oneHot }, statistics, report) => {
      const computeLayer = trainingLayer(parameters, statistics);
      const logits = resnet18(architecture, parameters, computeLayer, images!);
      report('correct', correctCount(logits, oneHot!));
      return crossEntropy(logits, oneHot!);
    },
  };
}
