import { Command } from 'commander';
import { readArtifact } from '../../exporter/artifact/artifact-folder.ts';
import { openLocalR2Store } from '../../exporter/registry/local-r2-store.ts';
import { publish } from '../../exporter/registry/publish.ts';
import { type RegistryOptions, withRegistryOptions } from './registry-option.ts';

export function publishCommand(): Command {
  const command = new Command('publish')
    .description('Store an exported artifact in the registry and let a channel serve it.')
    .argument('<folder>', 'the artifact');
  return withRegistryOptions(command)
    .addHelpText('after', '\nExample:\n  patchwork publish .patchwork/artifacts/resnet18/2')
    .action(run);
}

async function run(folder: string, { channel, registry }: RegistryOptions): Promise<void> {
  const artifact = await readArtifact(folder);
  const store = await openLocalR2Store({ folder: registry });
  try {
    const { version, previous, uploadedBytes } = await publish(store, artifact, { channel });
    const before = previous === null ? 'nothing' : `version ${previous}`;
    console.log(
      `Channel "${channel}" serves version ${version} of ${artifact.manifest.model}, before ${before}; ${(uploadedBytes / 1e6).toFixed(2)} MB uploaded.`,
    );
  } finally {
    await store.close();
  }
}
