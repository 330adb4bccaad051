import { saveCheckpoint } from '../../../trainer/checkpoint/checkpoint.ts';
import { generateEmbedded } from '../../../trainer/data/embedded/embedded.ts';
import type { Architecture } from '../../../trainer/network/architecture.ts';
import { trainedOn } from '../../../trainer/training/training-record.ts';
import { randomWeights } from '../export/random-network.ts';

/** Writes an untrained network for the embedded data set, of width 2. */
export async function saveEmbeddedCheckpoint(path: string, seed = 1): Promise<void> {
  const architecture: Architecture = { name: 'resnet18', stem: 'cifar', width: 2, classes: 10 };
  await saveCheckpoint(path, {
    architecture,
    weights: randomWeights(architecture, seed),
    training: { epoch: 0, step: 0, seed, optionsFingerprint: 'none', curve: [] },
    dataSet: trainedOn(generateEmbedded({ trainCount: 10, testCount: 10 })),
  });
}
