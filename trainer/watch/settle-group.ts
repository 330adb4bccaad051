import type { Outcome } from '../../exporter/contract/feedback.ts';
import { ExportError } from '../../exporter/format/export-error.ts';
import { fixAndLog, knownFix } from '../fix/fix-and-log.ts';
import { fixBehind } from '../fix/fix-behind.ts';
import { FixError } from '../fix/fix-error.ts';
import type { Fixer } from '../fix/fixer.ts';
import type { LogWriter } from '../fix/log/log-writer.ts';
import type { Authorship } from '../fix/log/replay.ts';
import { undoFix } from '../fix/log/undo.ts';
import { writeFixReport, writeIndex } from '../fix/report/write-report.ts';
import { PatchError } from '../patch/patch-error.ts';
import type { Shipped } from '../ship/ship-log.ts';
import type { MistakeGroup } from './mistake-group.ts';

/** What the next try would find again: the fix does not survive its conversion, whose figures are in the message. */
const UNSHIPPABLE: ReadonlySet<string> = new Set([
  'FIX_LOST',
  'DAMAGE_EXCEEDED',
  'HEAP_EXCEEDED',
] satisfies ExportError['code'][]);
/** What a report may say at most of why it is rejected. */
const MOST_REASON = 1000;

export interface GroupRequest extends Authorship {
  readonly writer: LogWriter;
  readonly fixer: Fixer;
  readonly checkpoint: string;
  readonly ship: (writer: LogWriter) => Promise<Shipped>;
}

/**
 * Fixes a mistake and ships the fix, or says why not; a mistake that an earlier fix has mended is fixed by
 * that one. A fix that does not arrive at the edge is taken out of the log again, so that the next mistake
 * ships without it.
 * @throws what shipping throws, where trying again may help; the log is then as it was
 */
export async function settleGroup(
  { constraint }: MistakeGroup,
  request: GroupRequest,
): Promise<Outcome> {
  const { writer, fixer, checkpoint, author, at } = request;
  const made = await fixAndLog({
    writer,
    fixer,
    checkpoint,
    constraints: [constraint],
    force: false,
    author,
    at,
  }).catch(unfixable);
  if (made instanceof Error) {
    const earlier = await fixBehind(fixer, await writer.log.patches(), constraint);
    return earlier === null ? rejected(made.message) : shippedBy(earlier, request);
  }
  if (made.kind === 'refused') {
    const { verdict, reasons } = made.fix.record.decision;
    const advice = verdict === 'cache' ? 'a cache entry would do less damage; ' : '';
    return rejected(`The gate refuses the fix: ${advice}${reasons.join('; ')}`);
  }
  if (made.kind === 'logged') await writeFixReport(writer.log, made.fix, null);
  const id = made.kind === 'known' ? made.id : made.fix.patch.id;
  try {
    return await shippedBy(id, request);
  } catch (error) {
    await takeOut(id, request);
    if (error instanceof ExportError && UNSHIPPABLE.has(error.code)) return rejected(error.message);
    throw error;
  }
}

/**
 * Sees to it that the log has no fix of a mistake that is given up, such as one that killed the process while
 * it was shipped; one that has arrived at the edge all the same is the outcome.
 */
export async function giveUpGroup(
  { constraint }: MistakeGroup,
  request: Pick<GroupRequest, 'writer' | keyof Authorship>,
  reason: string,
): Promise<Outcome> {
  const { writer } = request;
  const id = await knownFix(writer.log, [constraint]);
  if (id === null) return rejected(reason);
  const { shipping } = writer.log.entry(id);
  if (shipping.state === 'live') return { state: 'fixed', version: shipping.version, fix: id };
  await takeOut(id, request);
  return rejected(reason);
}

/** Ships what is not live yet. @param id the fix of the log that the mistake is fixed by */
async function shippedBy(id: string, { writer, ship }: GroupRequest): Promise<Outcome> {
  const { version } = await ship(writer);
  const { shipping } = writer.log.entry(id);
  return {
    state: 'fixed',
    version: shipping.state === 'live' ? shipping.version : version,
    fix: id,
  };
}

/** An outcome for people who reported a mistake. */
export function rejected(reason: string): Outcome {
  return { state: 'rejected', reason: reason.slice(0, MOST_REASON) };
}

/** Why there is no edit for the picture, where that will not change. */
function unfixable(error: unknown): Error {
  const definite =
    (error instanceof FixError && error.code === 'NOT_FIXED') ||
    (error instanceof PatchError && error.code === 'EDIT_NEEDLESS');
  if (definite) return error;
  throw error;
}

async function takeOut(
  id: string,
  { writer, author, at }: Pick<GroupRequest, 'writer' | keyof Authorship>,
): Promise<void> {
  const newest = writer.log.entries.at(-1);
  if (newest?.id !== id || newest.shipping.state === 'live') return;
  const needless = () => Promise.reject(new Error('The newest fix is undone without a fixer.'));
  await undoFix(writer, id, needless, { author, at, force: false });
  await writeIndex(writer.log);
}
