import type { PatchConstraint } from '../patch/patch.ts';
import type { Comparison } from './fix-record.ts';
import type { FixRequest } from './fix-request.ts';
import type { Fixer } from './fixer.ts';
import { heldPictures } from './log/held-pictures.ts';
import type { LoggedFix, LogWriter } from './log/log-writer.ts';
import type { PatchLog } from './log/patch-log.ts';
import { type Authorship, loggedFix } from './log/replay.ts';

export interface FixAndLogRequest extends Authorship, Pick<FixRequest, 'observe'> {
  readonly writer: LogWriter;
  readonly fixer: Fixer;
  /** The file of the network before any fix, for the log. */
  readonly checkpoint: string;
  readonly constraints: readonly PatchConstraint[];
  /** Logs a fix that the gate refuses, too. */
  readonly force: boolean;
  /** What the same fix does to another network. */
  readonly compare?: (constraints: readonly PatchConstraint[]) => Promise<Comparison>;
}

export type FixOutcome =
  /** A fix of the log is for these very pictures and labels, and holds. */
  | { readonly kind: 'known'; readonly id: string }
  | { readonly kind: 'logged'; readonly fix: LoggedFix }
  /** The gate refused it, and the log is as it was. */
  | { readonly kind: 'refused'; readonly fix: LoggedFix };

/**
 * Finds a fix, and adds it to the log if the gate lets it through. Everything that follows, such as
 * serving it, starts from the entry in the log: asked again after a process was killed, it either finds
 * the entry (`known`), or nothing of the earlier attempt.
 * @throws FixError NOT_FIXED, BASE_CHANGED, LOG_UNWRITABLE; PatchError EDIT_NEEDLESS
 */
export async function fixAndLog(request: FixAndLogRequest): Promise<FixOutcome> {
  const { writer, fixer, constraints, checkpoint, force, author, at, observe } = request;
  const { network } = fixer;
  const current = await writer.log.apply(network.weights);
  const earlier = await writer.log.patches();
  const known = await knownFix(writer.log, constraints);
  if (known !== null) return { kind: 'known', id: known };
  const found = await fixer.fix({ current, earlier, constraints, ...(observe && { observe }) });
  const comparison = (await request.compare?.(constraints)) ?? null;
  const refused = found.record.decision.verdict !== 'accept';
  const parent = earlier.at(-1)?.id ?? null;
  const fix = loggedFix(found, { parent, author, at, forced: refused && force }, comparison);
  if (refused && !force) return { kind: 'refused', fix };
  await writer.append(fix, { weights: fix.patch.base, checkpoint });
  await fixer.bench.keepAnswers(found.weights);
  return { kind: 'logged', fix };
}

/** The fix of a log that is for these very pictures and labels, and holds; null where there is none. */
export async function knownFix(
  log: PatchLog,
  constraints: readonly PatchConstraint[],
): Promise<string | null> {
  const held = await heldPictures(log);
  const known = log.entries.find(({ id }) => {
    const pictures = held.filter(({ fix }) => fix === id);
    return sameConstraints(
      pictures.map(({ constraint }) => constraint),
      constraints,
    );
  });
  return known?.id ?? null;
}

function sameConstraints(
  one: readonly PatchConstraint[],
  other: readonly PatchConstraint[],
): boolean {
  const keys = (constraints: readonly PatchConstraint[]) =>
    constraints
      .map(({ imageSha256, label }) => `${imageSha256} ${label}`)
      .sort()
      .join();
  return keys(one) === keys(other);
}
