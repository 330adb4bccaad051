import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { readArtifact } from '../../../exporter/artifact/artifact-folder.ts';
import { loadNetwork } from '../../../trainer/checkpoint/checkpoint.ts';
import { loadControlActivations } from '../../../trainer/control/activations-file.ts';
import { checkActivations } from '../../../trainer/control/control-activations.ts';
import { CIFAR10_PACKAGE } from '../../../trainer/demo/shipped.ts';
import { weightsDigest } from '../../../trainer/network/weights.ts';
import { packageFiles } from '../../../trainer/package/package-files.ts';

describe.runIf(existsSync(CIFAR10_PACKAGE))('the package that comes with the project', () => {
  const files = packageFiles(CIFAR10_PACKAGE);

  test('is of one network, which was trained to be edited', async () => {
    const network = await loadNetwork(files.checkpoint);
    const control = await loadControlActivations(files.control);
    const { manifest } = await readArtifact(files.artifact);
    expect(network.editing?.stages[0]).toBe(control.stage);
    expect(manifest.provenance.weights).toBe(weightsDigest(network.weights));
    expect(manifest.version).toBe(1);
    expect(() => checkActivations(network, control)).not.toThrow();
  });

  test('is not too large for a repository', async () => {
    expect((await stat(files.checkpoint)).size).toBeLessThanOrEqual(25e6);
    expect((await stat(files.control)).size).toBeLessThanOrEqual(20e6);
  });
});
