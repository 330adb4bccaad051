import { Command } from 'commander';
import { describeVerdict } from '../fix/describe-fix.ts';
import { PatchLog } from '../fix/log/patch-log.ts';
import { type LogOption, withLogOption } from './fix-option.ts';

export function logCommand(): Command {
  return withLogOption(new Command('log').description('List the fixes that hold, the newest last.'))
    .addHelpText('after', '\nExample:\n  patchwork log')
    .action(run);
}

async function run({ log: folder }: LogOption): Promise<void> {
  const log = await PatchLog.read(folder);
  if (log.entries.length === 0) console.log('The log holds no fix.');
  const records = await log.records();
  for (const [index, record] of records.entries()) {
    const { id, labels, at, author, candidate, figures } = record;
    const flips = Object.values(figures.controls).reduce(
      (sum, { negativeFlips }) => sum + negativeFlips.length,
      0,
    );
    const shipping = log.entries[index]!.shipping.state;
    console.log(
      `${index + 1}  ${id}  ${at.slice(0, 16)}  ${author}  ${labels.join(', ')}  ${candidate ?? 'held without an edit'}  ${flips} flips  ${describeVerdict(record)}${shipping === 'none' ? '' : `  ${shipping}`}`,
    );
  }
}
