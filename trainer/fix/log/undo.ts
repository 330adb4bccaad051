import { applyPatches } from '../../patch/patch.ts';
import type { Fixer } from '../fixer.ts';
import type { LoggedFix, LogWriter } from './log-writer.ts';
import { type ReplayOptions, replayFixes } from './replay.ts';

/**
 * Takes a fix out of the log. Without the newest, the network is bit for bit what it was before it, since
 * patches hold whole tensors. Behind one in the middle, the later fixes are made again from its parent.
 * @param openFixer asked for only where fixes are made again
 * @returns the fixes that were made again
 * @throws FixError ENTRY_UNKNOWN, REPLAY_REJECTED
 */
export async function undoFix(
  writer: LogWriter,
  id: string,
  openFixer: () => Promise<Fixer>,
  options: ReplayOptions,
): Promise<readonly LoggedFix[]> {
  const { log } = writer;
  const entry = log.entry(id);
  const position = log.entries.indexOf(entry);
  const { author, at } = options;
  const later = log.entries.slice(position + 1);
  const removed = [
    { id: entry.id, why: 'undone' as const, author, at },
    ...later.map((each) => ({ id: each.id, why: 'replayed' as const, author, at })),
  ];
  if (later.length === 0) {
    await writer.replace(position, [], removed);
    return [];
  }
  const fixer = await openFixer();
  const patches = await log.patches();
  const before = patches.slice(0, position);
  const parent = applyPatches(fixer.network.weights, before);
  const replayed = await replayFixes(fixer, parent, before, patches.slice(position + 1), options);
  await writer.replace(position, replayed, removed);
  return replayed;
}
