import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import type { EditPrograms } from '../editor/edit-programs.ts';
import type { Weights } from '../network/weights.ts';
import type { PatchConstraint } from '../patch/patch.ts';
import { PatchError } from '../patch/patch-error.ts';
import type { ControlBench } from './control/control-bench.ts';
import { rehearsable } from './control/stored-controls.ts';
import { nearestToBreaking } from './earlier-pictures.ts';
import type { FixFigures } from './figures.ts';
import type { Strategy } from './fix-record.ts';
import type { CandidateSource, FixRequest } from './fix-request.ts';
import { FixTrial } from './fix-trial.ts';
import { contradictions } from './gate/conflicts.ts';
import { checkFix } from './gate/gate.ts';
import type { Thresholds } from './gate/thresholds.ts';
import type { NearPictures } from './near-pictures.ts';
import type { Candidate } from './search/candidate.ts';
import { compareMeasured } from './search/damage.ts';
import { type Choice, type SearchOutcome, searchEdits } from './search/search-edits.ts';
import type { Stopwatch } from './stopwatch.ts';

/** What edits are made with and held against. */
export interface SearchContext {
  /** The network before any fix. */
  readonly network: TrainedNetwork;
  readonly bench: ControlBench;
  readonly programs: EditPrograms;
  readonly thresholds: Thresholds;
  readonly seed: number;
  readonly candidates: CandidateSource;
  readonly near: NearPictures;
  readonly stopwatch: Stopwatch;
}

type Chosen = Choice<Weights, FixFigures>;

/** What one strategy came to. */
export interface Found extends SearchOutcome<Weights, FixFigures> {
  readonly strategy: Strategy;
  readonly trial: FixTrial;
}

/**
 * The best edit of several searches: for the pictures alone; where that breaks earlier fixes, keeping those;
 * then, from the network before any fix, for all pictures at once. What the gate lets through comes first,
 * then what does the least damage.
 * @returns null where no candidate fixes the pictures
 * @throws PatchError EDIT_NEEDLESS where all pictures have their labels by the margin already
 */
export async function searchFix(
  context: SearchContext,
  request: FixRequest,
): Promise<(Found & { readonly choice: Chosen }) | null> {
  const found = (await searches(context, request)).filter(hasChoice);
  return found.toSorted((a, b) => compareMeasured(a.choice, b.choice))[0] ?? null;
}

/** A trial of edits that begin with a network, for further pictures as well. */
export function openTrial(
  { bench, programs, network, near, thresholds, stopwatch }: SearchContext,
  current: Weights,
  start: Weights = current,
  together: readonly PatchConstraint[] = [],
): Promise<FixTrial> {
  const { preprocessing } = network.dataSet;
  const world = { bench, programs, preprocessing, near, thresholds, stopwatch };
  return FixTrial.open({ ...world, current, start, together });
}

/** The candidates for an edit of so many pictures. */
export function candidatesFor(
  { network, bench, thresholds, seed, candidates }: SearchContext,
  pictures: number,
): Candidate[] {
  return candidates({
    editing: network.editing,
    margin: thresholds.margin,
    seed,
    pictures,
    rehearsable: rehearsable(bench.controls),
    curvature: bench.controls.curvature !== null,
  });
}

/** The searches that were made, in order, until one passes or no other would help. */
async function searches(
  context: SearchContext,
  { current, constraints, observe }: FixRequest,
): Promise<readonly Found[]> {
  const { near, thresholds, network } = context;
  const found: Found[] = [];
  const search = async (
    strategy: Strategy,
    start: Weights,
    together: readonly PatchConstraint[],
  ): Promise<Chosen | null> => {
    const trial = await openTrial(context, current, start, together);
    const { losses } = trial.before;
    const held = (loss: number) => loss < 0 && loss <= -thresholds.margin;
    if (losses.every(held)) throw needless(constraints, losses);
    const tried = candidatesFor(context, constraints.length + together.length);
    const outcome = await searchEdits(tried, trial, (rows) => observe?.(strategy, rows));
    found.push({ ...outcome, strategy, trial });
    return outcome.choice;
  };
  const alone = await search('alone', current, []);
  if (!alone || !forgets(alone, thresholds) || near.earlier.length === 0) return found;
  if (contradictions(constraints, near.earlier).length > 0) return found;
  const endangered = nearestToBreaking(near.earlier, alone.figures);
  const kept = await search('with-earlier-fixes', current, endangered);
  if (kept && !forgets(kept, thresholds)) return found;
  const all = near.earlier.map(({ constraint }) => constraint);
  await search('replay-from-base', network.weights, all);
  return found;
}

function hasChoice(found: Found): found is Found & { readonly choice: Chosen } {
  return found.choice !== null;
}

/** Whether a step is refused for what it does to earlier fixes, or together with them. */
function forgets({ figures }: Chosen, thresholds: Thresholds): boolean {
  const failed = checkFix(figures, thresholds).filter(({ passed }) => !passed);
  return failed.some(({ name }) => name === 'regressions' || name === 'total drawdown');
}

function needless(constraints: readonly PatchConstraint[], losses: readonly number[]): PatchError {
  const labels = constraints.map(({ labelName }) => `"${labelName}"`).join(', ');
  return new PatchError(
    'EDIT_NEEDLESS',
    `The network says ${labels} already, by ${(-Math.max(...losses)).toFixed(3)} nats; there is nothing to fix.`,
  );
}
