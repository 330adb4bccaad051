import { join } from 'node:path';
import { Command } from 'commander';
import { loadNetwork } from '../checkpoint/checkpoint.ts';
import { loadControl } from '../control/load-control.ts';
import { readPictureFile } from '../data/picture-file.ts';
import { describePatch } from '../patch/describe-patch.ts';
import { labelIndex, makePatch } from '../patch/make-patch.ts';
import { savePatch } from '../patch/patch-file.ts';
import { type EditOptions, editSettings, withEditOptions } from './edit-option.ts';
import { type EngineOption, engineFor, withEngineOptions } from './engine-option.ts';
import { loadPatched } from './load-patched.ts';
import { type ControlDataOption, collect, wholeNumber, withControlDataOptions } from './option.ts';
import { WORKSPACE } from './workspace.ts';

interface PatchOptions extends EngineOption, ControlDataOption, EditOptions {
  readonly image: string;
  readonly label: string;
  readonly checkpoint: string;
  readonly patch: string[];
  readonly out?: string;
}

export function patchCommand(): Command {
  const command = new Command('patch')
    .description('Fix one picture, measure the damage, and write the patch to a file.')
    .requiredOption('--image <file>', 'the picture: PNG, JPEG or WebP')
    .requiredOption('--label <name>', 'the label it should get')
    .option('--checkpoint <file>', 'the network', WORKSPACE.checkpoint)
    .option('--patch <file>', 'a patch to apply first; may be repeated, in order', collect, []);
  withEditOptions(withControlDataOptions(command))
    .option('--seed <number>', 'seed of the draw of pictures to rehearse', wholeNumber(0), 1)
    .option('--out <file>', 'the patch; by default named by its id in .patchwork/patches');
  return withEngineOptions(command)
    .addHelpText('after', '\nExample:\n  patchwork patch --image photo.png --label cat')
    .action(run);
}

async function run(options: PatchOptions): Promise<void> {
  const network = await loadPatched(await loadNetwork(options.checkpoint), options.patch);
  labelIndex(network.dataSet.labelNames, options.label);
  const settings = editSettings(options, network.editing);
  const picture = await readPictureFile(options.image);
  const control = await loadControl(network, { source: options.data, dir: options.dataDir });
  const engine = await engineFor(options, network.architecture);
  const patch = await makePatch({
    engine,
    network,
    picture,
    labelName: options.label,
    settings,
    control,
    cacheFolder: WORKSPACE.cache,
  });
  const out = options.out ?? join(WORKSPACE.patches, `${patch.id}.safetensors`);
  await savePatch(out, patch);
  for (const line of describePatch(patch, network.dataSet.labelNames)) console.log(line);
  console.log(`Patch ${patch.id} written to ${out}.`);
}
