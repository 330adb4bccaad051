import { Command } from 'commander';
import { describeFix } from '../fix/describe-fix.ts';
import { PatchLog } from '../fix/log/patch-log.ts';
import { reportFile } from '../fix/report/write-report.ts';
import { type LogOption, withLogOption } from './fix-option.ts';

export function showCommand(): Command {
  return withLogOption(
    new Command('show')
      .description('Show one fix of the log.')
      .argument('<id>', 'the fix, or how its id begins'),
  )
    .addHelpText('after', '\nExample:\n  patchwork show 0123456789ab')
    .action(run);
}

async function run(id: string, { log: folder }: LogOption): Promise<void> {
  const log = await PatchLog.read(folder);
  const entry = log.entry(id);
  const record = await log.record(entry.id);
  const { author, at, parent, strategy, seed, weights } = record;
  console.log(`Fix ${entry.id}, by ${author} at ${at}; seed ${seed}.`);
  console.log(`Parent ${parent ?? 'none'}; weights ${weights.slice(0, 12)}; ${strategy}.`);
  for (const line of describeFix(record)) console.log(line);
  console.log(`Patch: ${log.patchFile(entry.id)}`);
  console.log(`Report: ${reportFile(log, entry.id)}`);
}
