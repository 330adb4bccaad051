import type { PatchConstraint } from '../../patch/patch.ts';
import type { PatchLog } from './patch-log.ts';

/** A picture of a fix, and the fix that it belongs to. */
export interface HeldPicture {
  readonly fix: string;
  readonly constraint: PatchConstraint;
}

/**
 * The pictures of a log's fixes that the network with all of them answers by their labels: not one that a
 * later fix took back, which the gate lets through by force alone.
 * @throws FixError LOG_DAMAGED
 */
export async function heldPictures(log: PatchLog): Promise<HeldPicture[]> {
  const newest = log.entries.at(-1);
  if (!newest) return [];
  const { figures } = await log.record(newest.id);
  const lost = new Set(
    figures.regressions
      .filter(({ lossAfter }) => lossAfter >= 0)
      .map(({ patch, picture }) => `${patch} ${picture}`),
  );
  return (await log.patches()).flatMap(({ id, constraints }) =>
    constraints.flatMap((constraint, picture) =>
      lost.has(`${id} ${picture}`) ? [] : [{ fix: id, constraint }],
    ),
  );
}
