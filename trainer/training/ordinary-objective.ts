import type { Architecture } from '../network/architecture.ts';
import { trainingLayer } from '../network/convolution-layer.ts';
import { resnet18 } from '../network/resnet18.ts';
import { type BaseLoss, crossEntropyLoss } from './base-loss.ts';
import type { Objective } from './objective.ts';

/** Ordinary training: the base loss of the batch alone. */
export function ordinaryObjective(
  architecture: Architecture,
  baseLoss: BaseLoss = crossEntropyLoss,
): Objective {
  return {
    terms: (batch, statistics, report) => [
      (parameters) => {
        const computeLayer = trainingLayer(parameters, statistics);
        const logits = resnet18(architecture, parameters, computeLayer, batch.images!);
        return baseLoss(logits, batch, report);
      },
    ],
  };
}
