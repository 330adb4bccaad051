import type { Weights } from '../../network/weights.ts';
import type { Patch } from '../../patch/patch.ts';
import { PatchError } from '../../patch/patch-error.ts';
import { FixError } from '../fix-error.ts';
import type { Fix } from '../fix-request.ts';
import type { Fixer } from '../fixer.ts';
import type { LoggedFix } from './log-writer.ts';

/** Who writes to a log. */
export interface Authorship {
  readonly author: string;
  /** ISO 8601. */
  readonly at: string;
}

export interface ReplayOptions extends Authorship {
  /** Keeps fixes that the gate refuses, too. */
  readonly force: boolean;
  readonly onFix?: (fix: LoggedFix, index: number) => void;
}

/**
 * Makes fixes anew, one on top of the other, each gated again. One that the network no longer needs is
 * kept as a patch that changes nothing, so that later fixes may not break it.
 * @param start the network to begin with
 * @param before the patches that it has
 * @throws FixError REPLAY_REJECTED naming the first fix that the gate refuses, or that cannot be made
 */
export async function replayFixes(
  fixer: Fixer,
  start: Weights,
  before: readonly Patch[],
  fixes: readonly Patch[],
  { force, author, at, onFix }: ReplayOptions,
): Promise<LoggedFix[]> {
  const replayed: LoggedFix[] = [];
  let current = start;
  for (const [index, { id, constraints }] of fixes.entries()) {
    const earlier = [...before, ...replayed.map(({ patch }) => patch)];
    const fix = await refix(fixer, { current, earlier, constraints }, id);
    const { verdict, reasons } = fix.record.decision;
    const refused = verdict !== 'accept' && fix.record.strategy !== 'held';
    if (refused && !force) throw rejected(id, reasons.join('; '));
    const parent = earlier.at(-1)?.id ?? null;
    const logged = loggedFix(fix, { parent, author, at, forced: refused });
    replayed.push(logged);
    current = fix.weights;
    onFix?.(logged, index);
  }
  return replayed;
}

/** A fix with what the log adds to its record; the patch itself says where it was forced, and why. */
export function loggedFix(
  { patch, record }: Fix,
  added: Authorship & { readonly parent: string | null; readonly forced: boolean },
  comparison: LoggedFix['record']['comparison'] = null,
): LoggedFix {
  const forcedBecause = record.decision.reasons.join('; ');
  return {
    patch: added.forced ? { ...patch, forcedBecause } : patch,
    record: { ...record, ...added, comparison },
  };
}

async function refix(fixer: Fixer, request: Parameters<Fixer['fix']>[0], id: string): Promise<Fix> {
  try {
    return await fixer.fix(request);
  } catch (error) {
    if (error instanceof PatchError && error.code === 'EDIT_NEEDLESS') return fixer.hold(request);
    if (error instanceof FixError && error.code === 'NOT_FIXED') throw rejected(id, error.message);
    throw error;
  }
}

function rejected(id: string, why: string): FixError {
  return new FixError(
    'REPLAY_REJECTED',
    `Fix ${id} cannot be made again: ${why}. The log is as it was; undo that fix too, or give --force.`,
  );
}
