import { Command } from 'commander';
import { REGISTRY_DEFAULTS } from '../../exporter/registry/defaults.ts';
import { loadNetwork } from '../checkpoint/checkpoint.ts';
import { loadDataOf } from '../data/load.ts';
import { describeExport } from '../export/describe-export.ts';
import { packageNetwork } from '../package/package-network.ts';
import { type EngineOption, engineFor, withEngineOptions } from './engine-option.ts';
import { type DataDirOption, dataDirOption, folderOption, wholeNumber } from './option.ts';
import { WORKSPACE } from './workspace.ts';

interface PackageOptions extends EngineOption, DataDirOption {
  readonly checkpoint: string;
  readonly data?: string;
  readonly control: number;
  readonly seed: number;
  readonly out: string;
}

export function packageCommand(): Command {
  const command = new Command('package')
    .description(
      'Write a network to give away without its data: weights, control set, artifact, card.',
    )
    .option('--checkpoint <file>', 'the network', WORKSPACE.checkpoint)
    .requiredOption('--out <folder>', 'the package; not there yet, or empty')
    .option('--control <pictures>', 'clean control pictures at most', wholeNumber(4), 1000)
    .option('--seed <number>', 'seed of control pictures', wholeNumber(0), 1)
    .option(
      '--data <folder:path>',
      'the pictures that it was trained on, where they are your own, in folders by class',
      folderOption,
    )
    .addOption(dataDirOption());
  return withEngineOptions(command)
    .addHelpText(
      'after',
      '\nExample:\n  patchwork package --checkpoint editable.safetensors --data-dir ~/cifar10 --out editable-cifar10\n  patchwork package --checkpoint editable.safetensors --data folder:photos --out editable-photos',
    )
    .action(run);
}

async function run(options: PackageOptions): Promise<void> {
  const network = await loadNetwork(options.checkpoint);
  const data = await loadDataOf(network.dataSet, { folder: options.data, dir: options.dataDir });
  const engine = await engineFor(options, network.architecture);
  const exported = await packageNetwork({
    engine,
    network,
    data,
    model: REGISTRY_DEFAULTS.model,
    pictures: options.control,
    seed: options.seed,
    folder: options.out,
    cacheFolder: WORKSPACE.cache,
  });
  for (const line of describeExport(exported)) console.log(line);
  console.log(`Written to ${options.out}.`);
}
