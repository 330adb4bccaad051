import { describeFix } from './describe-fix.ts';
import type { PatchLog } from './log/patch-log.ts';
import { reportFile } from './report/write-report.ts';

/**
 * One fix of the log, whole, in lines for people.
 * @param id how the id of the fix begins
 * @throws FixError where the log has no such fix
 */
export async function describeEntry(log: PatchLog, id: string): Promise<string[]> {
  const entry = log.entry(id);
  const record = await log.record(entry.id);
  const { author, at, parent, strategy, seed, weights } = record;
  return [
    `Fix ${entry.id}, by ${author} at ${at}; seed ${seed}.`,
    `Parent ${parent ?? 'none'}; weights ${weights.slice(0, 12)}; ${strategy}.`,
    ...describeFix(record),
    `Patch: ${log.patchFile(entry.id)}`,
    `Report: ${reportFile(log, entry.id)}`,
  ];
}
