import { Command } from 'commander';
import { loadNetwork } from '../checkpoint/checkpoint.ts';
import type { Fixer } from '../fix/fixer.ts';
import { withLog } from '../fix/log/log-writer.ts';
import { undoFix } from '../fix/log/undo.ts';
import { writeFixReport, writeIndex } from '../fix/report/write-report.ts';
import { engineFor } from './engine-option.ts';
import {
  authorship,
  type FixOptions,
  fixerOf,
  LOG_PATIENCE,
  withFixOptions,
} from './fix-option.ts';

export function undoCommand(): Command {
  return withFixOptions(
    new Command('undo')
      .description('Take a fix back; later ones are made again without it, and gated again.')
      .argument('<id>', 'the fix, or how its id begins')
      .option('--checkpoint <file>', 'the network before any fix (default: as logged)'),
  )
    .addHelpText('after', '\nExample:\n  patchwork undo 0123456789ab')
    .action(run);
}

async function run(id: string, options: FixOptions & { checkpoint?: string }): Promise<void> {
  await withLog(options.log, LOG_PATIENCE, async (writer) => {
    const { id: undone } = writer.log.entry(id);
    let fixer: Fixer | undefined;
    const openFixer = async () => {
      const network = await loadNetwork(options.checkpoint ?? writer.log.state!.base.checkpoint);
      writer.log.checkBase(network.weights);
      const engine = await engineFor(options, network.architecture);
      fixer = await fixerOf(options, engine, network);
      return fixer;
    };
    try {
      const force = options.force === true;
      const replayed = await undoFix(writer, undone, openFixer, {
        ...authorship(options),
        force,
        onFix: ({ patch }, index) => console.error(`Made again: ${index + 1}, now ${patch.id}.`),
      });
      for (const fix of replayed) await writeFixReport(writer.log, fix, null);
      await writeIndex(writer.log);
      const again = replayed.length === 0 ? '' : ` ${replayed.length} later fixes were made again.`;
      console.log(`Fix ${undone} is undone.${again}`);
    } finally {
      await fixer?.dispose();
    }
  });
}
