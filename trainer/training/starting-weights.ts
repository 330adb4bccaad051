import { checkArchitecture, type TrainedNetwork } from '../checkpoint/checkpoint.ts';
import type { Architecture } from '../network/architecture.ts';
import { withExtraBlock } from '../network/initialise.ts';
import type { Weights } from '../network/weights.ts';

/**
 * The weights of a network to start a training from. Where only the training wants an extra block, it gets
 * one that changes nothing yet.
 * @param path of the network, for the error
 * @throws CheckpointError ARCHITECTURE_MISMATCH
 */
export function startingWeights(
  path: string,
  network: TrainedNetwork,
  { architecture, seed }: { readonly architecture: Architecture; readonly seed: number },
): Weights {
  const added = architecture.extraBlock && !network.architecture.extraBlock;
  const wanted = added ? { ...architecture, extraBlock: undefined } : architecture;
  checkArchitecture(path, network.architecture, wanted);
  return added ? withExtraBlock(architecture, network.weights, seed) : network.weights;
}
