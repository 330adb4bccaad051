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
import { type Choice, EditSearch, type SearchOutcome } from './search/search-edits.ts';
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

/** One strategy under way. */
interface Search {
  readonly strategy: Strategy;
  readonly trial: FixTrial;
  readonly edits: EditSearch<Weights, FixFigures>;
}

/** What the best strategy came to. */
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
): Promise<Found | null> {
  const made = (await searches(context, request)).filter(({ edits }) => edits.best !== null);
  const [best] = made.toSorted((a, b) => compareMeasured(a.edits.best!, b.edits.best!));
  if (!best) return null;
  const { strategy, trial, edits } = best;
  return { strategy, trial, ...edits.outcome()! };
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

/**
 * The searches that were made, until one passes or no other would help. Preconditioned candidates, which take
 * milliseconds, come first in each, and the others, which may take a minute, only where none of those is modest.
 */
async function searches(context: SearchContext, request: FixRequest): Promise<readonly Search[]> {
  const { near, thresholds, network } = context;
  const { current, constraints } = request;
  const alone = await openSearch(context, request, 'alone', current, []);
  const conflicting = contradictions(constraints, near.earlier).length > 0;
  const made = [alone];
  let keeping: Search | null = null;
  for (const tier of TIERS) {
    if (await passes(alone, tier)) return made;
    const forgetful = forgetting(alone, thresholds);
    if (near.earlier.length === 0 || !forgetful) continue;
    if (conflicting) return made;
    if (!keeping) {
      const endangered = nearestToBreaking(near.earlier, forgetful.figures);
      keeping = await openSearch(context, request, 'with-earlier-fixes', current, endangered);
      made.push(keeping);
    }
    if (await passes(keeping, tier)) return made;
  }
  if (!keeping || (keeping.edits.best && !forgetting(keeping, thresholds))) return made;
  const all = near.earlier.map(({ constraint }) => constraint);
  const anew = await openSearch(context, request, 'replay-from-base', network.weights, all);
  made.push(anew);
  for (const tier of TIERS) {
    if (await passes(anew, tier)) break;
  }
  return made;
}

/** Candidates that are tried before others, and what spares those. */
interface Tier {
  readonly due: (candidate: Candidate) => boolean;
  readonly enough: (best: Chosen) => boolean;
}

const TIERS: readonly Tier[] = [
  {
    due: ({ settings }) => settings.editor.preconditioned !== undefined,
    enough: ({ modest }) => modest,
  },
  { due: () => true, enough: ({ acceptable }) => acceptable },
];

/** Tries the candidates of a tier. @returns whether the best so far is enough */
async function passes({ edits }: Search, { due, enough }: Tier): Promise<boolean> {
  await edits.try(due);
  return edits.best !== null && enough(edits.best);
}

/** @throws PatchError EDIT_NEEDLESS */
async function openSearch(
  context: SearchContext,
  { current, constraints, observe }: FixRequest,
  strategy: Strategy,
  start: Weights,
  together: readonly PatchConstraint[],
): Promise<Search> {
  const trial = await openTrial(context, current, start, together);
  const { losses } = trial.before;
  const held = (loss: number) => loss < 0 && loss <= -context.thresholds.margin;
  if (losses.every(held)) throw needless(constraints, losses);
  const tried = candidatesFor(context, constraints.length + together.length);
  const edits = new EditSearch(tried, trial, (rows) => observe?.(strategy, rows));
  return { strategy, trial, edits };
}

/**
 * The best step that is refused for what it does to earlier fixes, where none passes: another may be refused
 * for less, such as too few neighbours, and yet only one that keeps the earlier fixes too can pass.
 */
function forgetting({ edits }: Search, thresholds: Thresholds): Chosen | null {
  if (edits.best?.acceptable) return null;
  return edits.measured.find((choice) => forgets(choice, thresholds)) ?? null;
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
