import { Command } from 'commander';
import { describeFix, describeVerdict } from '../fix/describe-fix.ts';
import { PatchLog } from '../fix/log/patch-log.ts';
import { reportFile } from '../fix/report/write-report.ts';
import { type LogOption, withLogOption } from './fix-option.ts';

export function logCommand(): Command {
  return withLogOption(
    new Command('log')
      .description('List the fixes that hold, the newest last, or show one of them.')
      .argument('[id]', 'the fix to show, or how its id begins'),
  )
    .addHelpText('after', '\nExample:\n  patchwork log\n  patchwork log 0123456789ab')
    .action(run);
}

async function run(id: string | undefined, { log: folder }: LogOption): Promise<void> {
  const log = await PatchLog.read(folder);
  if (id === undefined) await list(log);
  else await show(log, log.entry(id).id);
}

async function list(log: PatchLog): Promise<void> {
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

async function show(log: PatchLog, id: string): Promise<void> {
  const record = await log.record(id);
  const { author, at, parent, strategy, seed, weights } = record;
  console.log(`Fix ${id}, by ${author} at ${at}; seed ${seed}.`);
  console.log(`Parent ${parent ?? 'none'}; weights ${weights.slice(0, 12)}; ${strategy}.`);
  for (const line of describeFix(record)) console.log(line);
  console.log(`Patch: ${log.patchFile(id)}`);
  console.log(`Report: ${reportFile(log, id)}`);
}
