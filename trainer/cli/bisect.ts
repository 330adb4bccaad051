import { Command } from 'commander';
import { loadNetwork } from '../checkpoint/checkpoint.ts';
import { readPictureFile } from '../data/picture-file.ts';
import { bisectFixes } from '../fix/log/bisect.ts';
import { PatchLog } from '../fix/log/patch-log.ts';
import { type EngineOption, engineFor, withEngineOptions } from './engine-option.ts';
import { type LogOption, withLogOption } from './fix-option.ts';
import { WORKSPACE } from './workspace.ts';

interface BisectOptions extends LogOption, EngineOption {
  readonly image: string;
  readonly label?: string;
  readonly checkpoint: string;
}

export function bisectCommand(): Command {
  const command = withLogOption(
    new Command('bisect')
      .description('Find the fix that broke a picture.')
      .requiredOption('--image <file>', 'the picture: PNG, JPEG or WebP')
      .option('--label <name>', 'its right label (default: the answer before any fix)')
      .option('--checkpoint <file>', 'the network before any fix', WORKSPACE.checkpoint),
  );
  return withEngineOptions(command)
    .addHelpText('after', '\nExample:\n  patchwork bisect --image photo.png')
    .action(run);
}

async function run(options: BisectOptions): Promise<void> {
  const { image, label, checkpoint, log: folder } = options;
  const network = await loadNetwork(checkpoint);
  const log = await PatchLog.read(folder);
  log.checkBase(network.weights);
  const picture = await readPictureFile(image);
  const engine = await engineFor(options, network.architecture);
  const found = await bisectFixes(engine, network, await log.patches(), picture, label);
  const { patch, position, answer } = found;
  const made = patch.constraints.map(({ labelName }) => `"${labelName}"`).join(', ');
  console.log(
    `Fix ${patch.id}, number ${position} of ${log.entries.length}, made for ${made}, turned "${found.label}" into "${answer}"; ${found.asked} networks were asked.`,
  );
}
