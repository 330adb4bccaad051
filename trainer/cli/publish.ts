import { Command } from 'commander';
import { readArtifact } from '../../exporter/artifact/artifact-folder.ts';
import { publish } from '../../exporter/registry/publish.ts';
import { publishNext } from '../../exporter/registry/publish-next.ts';
import { resolveSigner } from '../../exporter/signing/signer.ts';
import { describeEndedTrial } from '../export/describe-rollout.ts';
import { type KeyOption, type TrustOption, withKeyOption, withTrustOption } from './key-option.ts';
import { publicationProgress } from './publication-progress.ts';
import {
  type ChannelOption,
  type RegistryOption,
  withChannelOption,
  withRegistryOption,
  withStore,
} from './registry-option.ts';

interface PublishOptions extends ChannelOption, RegistryOption, KeyOption, TrustOption {
  readonly next: boolean;
}

export function publishCommand(): Command {
  const command = new Command('publish')
    .description('Store an exported artifact in the registry and let a channel serve it.')
    .argument('<folder>', 'the artifact')
    .option('--next', 'under the next free number, whichever it was exported with', false);
  withChannelOption(command);
  withRegistryOption(command);
  withKeyOption(command);
  return withTrustOption(command)
    .addHelpText('after', '\nExample:\n  patchwork publish .patchwork/artifacts/resnet18/2')
    .action(run);
}

async function run(folder: string, options: PublishOptions): Promise<void> {
  const { channel, next, registry } = options;
  const artifact = await readArtifact(folder);
  const signer = await resolveSigner(options);
  const { model } = artifact.manifest;
  await withStore(registry, async (store) => {
    const { observe, end } = publicationProgress();
    const publication = { channel, signer, observe };
    const published = next
      ? await publishNext(store, artifact, publication)
      : { ...(await publish(store, artifact, publication)), served: true };
    end();
    const { version, previous, uploadedBytes, served, endedTrial } = published;
    const before = previous === null ? 'nothing' : `version ${previous}`;
    const uploaded = `${(uploadedBytes / 1e6).toFixed(2)} MB uploaded.`;
    console.log(
      served
        ? `Channel "${channel}" serves version ${version} of ${model}, before ${before}; ${uploaded}`
        : `Version ${version} of ${model} is stored, and channel "${channel}" serves a later one already; ${uploaded}`,
    );
    for (const line of describeEndedTrial(endedTrial)) console.log(line);
  });
}
