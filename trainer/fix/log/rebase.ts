import { weightsDigest } from '../../network/weights.ts';
import type { Fixer } from '../fixer.ts';
import { carriedOver } from './carry-over.ts';
import type { LoggedFix, LogWriter } from './log-writer.ts';
import { type ReplayOptions, replayFixes } from './replay.ts';

/**
 * Carries all fixes of a log over to another network, such as one that was trained anew: each is made and
 * gated again, or kept as it is where that network needs it no longer.
 * @param fixer of the new network
 * @param checkpoint its file, for the log
 * @throws FixError REPLAY_REJECTED, PICTURE_SIZE; PatchError LABEL_UNKNOWN
 */
export async function rebaseLog(
  writer: LogWriter,
  fixer: Fixer,
  checkpoint: string,
  options: ReplayOptions,
): Promise<readonly LoggedFix[]> {
  const { log } = writer;
  const { author, at } = options;
  const { weights } = fixer.network;
  const fixes = (await log.patches()).map((patch) => ({
    ...patch,
    constraints: carriedOver(patch.constraints, fixer.network),
  }));
  const replayed = await replayFixes(fixer, weights, [], fixes, options);
  const removed = log.entries.map(({ id }) => ({ id, why: 'rebased' as const, author, at }));
  await writer.replace(0, replayed, removed, { weights: weightsDigest(weights), checkpoint });
  return replayed;
}
