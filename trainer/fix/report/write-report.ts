import { join } from 'node:path';
import { writeWhole } from '../../evaluation/run/evaluation-result.ts';
import type { ControlPictures } from '../control/control-pictures.ts';
import type { LoggedFix } from '../log/log-writer.ts';
import type { PatchLog } from '../log/patch-log.ts';
import { fixPage } from './fix-page.ts';
import { indexPage } from './index-page.ts';

/** The page of one fix. */
export function reportFile(log: PatchLog, id: string): string {
  return join(log.folder, 'reports', `${id}.html`);
}

/**
 * Writes the page of a fix and the index over the log.
 * @param controls shows the control pictures that the fix changed, too
 * @returns the page's file
 */
export async function writeFixReport(
  log: PatchLog,
  fix: LoggedFix,
  controls: ControlPictures | null,
): Promise<string> {
  const file = reportFile(log, fix.patch.id);
  await writeWhole(file, fixPage(fix, controls));
  await writeIndex(log);
  return file;
}

/** Writes the index over the log as it is now. */
export async function writeIndex(log: PatchLog): Promise<void> {
  await writeWhole(join(log.folder, 'reports', 'index.html'), indexPage(log, await log.records()));
}
