import { Command } from 'commander';
import { loadNetwork } from '../checkpoint/checkpoint.ts';
import { withLog } from '../fix/log/log-writer.ts';
import { rebaseLog } from '../fix/log/rebase.ts';
import { writeFixReport } from '../fix/report/write-report.ts';
import { engineFor } from './engine-option.ts';
import {
  authorship,
  type FixOptions,
  fixerOf,
  LOG_PATIENCE,
  withFixOptions,
} from './fix-option.ts';

export function rebaseCommand(): Command {
  return withFixOptions(
    new Command('rebase')
      .description('Carry the fixes of the log over to another network, each gated again.')
      .argument('<checkpoint>', 'the new network, such as one trained anew'),
  )
    .addHelpText('after', '\nExample:\n  patchwork rebase retrained.safetensors')
    .action(run);
}

async function run(checkpoint: string, options: FixOptions): Promise<void> {
  const network = await loadNetwork(checkpoint);
  const engine = await engineFor(options, network.architecture);
  await withLog(options.log, LOG_PATIENCE, async (writer) => {
    if (writer.log.entries.length === 0) {
      console.log('The log holds no fix; nothing to carry over.');
      return;
    }
    const fixer = await fixerOf(options, engine, network);
    try {
      const replayed = await rebaseLog(writer, fixer, checkpoint, {
        ...authorship(options),
        force: options.force === true,
        onFix: ({ patch }, index) => console.error(`Made again: ${index + 1}, now ${patch.id}.`),
      });
      for (const fix of replayed) await writeFixReport(writer.log, fix, null);
      const held = replayed.filter(({ record }) => record.strategy === 'held').length;
      console.log(
        `${replayed.length} fixes are carried over to ${checkpoint}; ${held} of them it needs no longer.`,
      );
    } finally {
      await fixer.dispose();
    }
  });
}
