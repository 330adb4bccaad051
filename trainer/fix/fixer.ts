import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import { EditPrograms } from '../editor/edit-programs.ts';
import type { Engine } from '../engine/engine.ts';
import { type Weights, weightsDigest } from '../network/weights.ts';
import { patchSettings } from '../patch/make-patch.ts';
import { type Patch, type PatchConstraint, type PatchReport, patchId } from '../patch/patch.ts';
import { PatchError } from '../patch/patch-error.ts';
import type { ControlBench } from './control/control-bench.ts';
import type { FixFigures } from './figures.ts';
import { FixError } from './fix-error.ts';
import type { FixRecord, Strategy } from './fix-record.ts';
import { FixTrial } from './fix-trial.ts';
import { cacheFigures } from './gate/cache-advice.ts';
import { contradictions, describeConflicts } from './gate/conflicts.ts';
import { checkFix, decide } from './gate/gate.ts';
import type { Thresholds } from './gate/thresholds.ts';
import { type EarlierPicture, NearPictures } from './near-pictures.ts';
import { type Candidate, type CandidateOptions, candidates } from './search/candidate.ts';
import { compareDamage } from './search/damage.ts';
import {
  type CandidateRow,
  type Choice,
  type SearchOutcome,
  searchEdits,
} from './search/search-edits.ts';
import { Stopwatch } from './stopwatch.ts';

/** Earlier pictures that an edit keeps at most, those that are the nearest to breaking. */
const MOST_TOGETHER = 63;

export interface FixRequest {
  /** The network with the fixes before. */
  readonly current: Weights;
  /** The fixes before, in order: the regression suite. */
  readonly earlier: readonly Patch[];
  readonly constraints: readonly PatchConstraint[];
  readonly observe?: (strategy: Strategy, rows: readonly CandidateRow[]) => void;
}

/** What the log adds to a record. */
export type LoggedBy = 'parent' | 'author' | 'at' | 'forced' | 'comparison';

export interface Fix {
  readonly patch: Patch;
  readonly record: Omit<FixRecord, LoggedBy>;
  /** The network with the fix. */
  readonly weights: Weights;
}

export interface FixerOptions {
  readonly engine: Engine;
  /** The network before any fix. */
  readonly network: TrainedNetwork;
  readonly bench: ControlBench;
  readonly thresholds: Thresholds;
  readonly seed: number;
  /** What is tried; every editor and stage that is known to pay without it. */
  readonly candidates?: CandidateSource;
}

/** The ways to make an edit that a search tries, in order. */
export type CandidateSource = (options: CandidateOptions) => Candidate[];

type Found = SearchOutcome<Weights, FixFigures> & {
  readonly strategy: Strategy;
  readonly trial: FixTrial;
};

/** Finds fixes for one network and the networks that fixes make of it. */
export class Fixer {
  readonly network: TrainedNetwork;
  readonly bench: ControlBench;
  readonly thresholds: Thresholds;
  readonly seed: number;
  #candidates: CandidateSource;
  #programs: EditPrograms;

  constructor(options: FixerOptions) {
    const { engine, network, bench, thresholds, seed } = options;
    this.#candidates = options.candidates ?? candidates;
    this.network = network;
    this.bench = bench;
    this.thresholds = thresholds;
    this.seed = seed;
    this.#programs = new EditPrograms(engine, network.architecture);
  }

  /**
   * The least damaging edit that gives the pictures their labels, with the gate's verdict on it. Where
   * the edit for the pictures alone breaks earlier fixes, it is sought again keeping those, then, from the
   * network before any fix, for all pictures at once.
   * @throws PatchError EDIT_NEEDLESS where all pictures have their labels by the margin already;
   *   FixError NOT_FIXED where no candidate fixes them
   */
  async fix(request: FixRequest): Promise<Fix> {
    const { constraints, earlier, current } = request;
    const stopwatch = new Stopwatch();
    const suite = earlierPictures(earlier);
    const near = await stopwatch.time('neighbours', () =>
      NearPictures.open(this.bench, constraints, suite, this.seed),
    );
    try {
      const found = await this.#search(request, near, stopwatch);
      const best = choose(found);
      if (!best?.choice) throw this.#notFixed(request, near);
      const { trial, choice, strategy } = best;
      const weights = trial.weights(choice.edit, choice.share);
      const changed = difference(current, weights);
      const base = weightsDigest(current);
      const { settings } = choice.candidate;
      const patch: Patch = {
        id: patchId(base, changed, constraints),
        base,
        changed,
        constraints,
        settings: patchSettings(settings),
        report: this.#report(choice.figures, choice.steps, trial.before.logits[0]!),
      };
      const decision = await stopwatch.time('gate', async () => {
        const checks = checkFix(choice.figures, this.thresholds);
        const passed = checks.every((check) => check.passed);
        const cache = passed ? null : cacheFigures(this.bench.controls, near);
        return decide(checks, cache, [
          ...describeConflicts(choice.figures, suite),
          ...contradictions(constraints, suite),
        ]);
      });
      const record = {
        ...this.#recordOf(patch, weights, choice.figures),
        strategy,
        candidate: choice.candidate.name,
        share: choice.share,
        candidates: best.rows.map(({ candidate, ...row }) => ({ name: candidate.name, ...row })),
        reason: best.reason,
        decision,
        stages: stopwatch.stages,
      };
      return { patch, record, weights };
    } finally {
      await near.dispose();
    }
  }

  /**
   * A patch that changes nothing, for pictures that have their labels already: it keeps them among what
   * later fixes may not break.
   */
  async hold({ current, earlier, constraints }: FixRequest): Promise<Fix> {
    const stopwatch = new Stopwatch();
    const near = await NearPictures.open(
      this.bench,
      constraints,
      earlierPictures(earlier),
      this.seed,
    );
    try {
      const trial = await FixTrial.open(this.#trialOptions(near, current, stopwatch));
      const { figures } = await trial.measure(new Map(), 1);
      const base = weightsDigest(current);
      const { settings } = this.#candidates(this.#candidateOptions(1))[0]!;
      const patch: Patch = {
        id: patchId(base, new Map(), constraints),
        base,
        changed: new Map(),
        constraints,
        settings: patchSettings(settings),
        report: this.#report(figures, 0, trial.before.logits[0]!),
      };
      const record = {
        ...this.#recordOf(patch, current, figures),
        strategy: 'held' as const,
        candidate: null,
        share: 0,
        candidates: [],
        reason: 'the network does what is asked for without an edit',
        decision: decide(checkFix(figures, this.thresholds), null),
        stages: stopwatch.stages,
      };
      return { patch, record, weights: current };
    } finally {
      await near.dispose();
    }
  }

  async dispose(): Promise<void> {
    await this.#programs.dispose();
    await this.bench.dispose();
  }

  /** The searches that were made, in order, until one passes or no other would help. */
  async #search(
    request: FixRequest,
    near: NearPictures,
    stopwatch: Stopwatch,
  ): Promise<readonly Found[]> {
    const { current, constraints, observe } = request;
    const found: Found[] = [];
    const search = async (
      strategy: Strategy,
      start: Weights,
      together: readonly PatchConstraint[],
    ): Promise<Choice<Weights, FixFigures> | null> => {
      const options = { ...this.#trialOptions(near, current, stopwatch), start, together };
      const trial = await FixTrial.open(options);
      const { losses } = trial.before;
      const { margin } = this.thresholds;
      if (losses.every((loss) => loss < 0 && loss <= -margin)) throw needless(constraints, losses);
      const tried = this.#candidates(this.#candidateOptions(constraints.length + together.length));
      const outcome = await searchEdits(tried, trial, (rows) => observe?.(strategy, rows));
      found.push({ ...outcome, strategy, trial });
      return outcome.choice;
    };
    const alone = await search('alone', current, []);
    if (!alone || !this.#forgets(alone) || near.earlier.length === 0) return found;
    if (contradictions(constraints, near.earlier).length > 0) return found;
    const endangered = nearestToBreaking(near.earlier, alone.figures);
    const kept = await search('with-earlier-fixes', current, endangered);
    if (kept && !this.#forgets(kept)) return found;
    const all = near.earlier.map(({ constraint }) => constraint);
    await search('replay-from-base', this.network.weights, all);
    return found;
  }

  /** Whether a step is refused for what it does to earlier fixes, or together with them. */
  #forgets({ figures }: Choice<Weights, FixFigures>): boolean {
    const failed = checkFix(figures, this.thresholds).filter(({ passed }) => !passed);
    return failed.some(({ name }) => name === 'regressions' || name === 'total drawdown');
  }

  #trialOptions(near: NearPictures, current: Weights, stopwatch: Stopwatch) {
    return {
      bench: this.bench,
      programs: this.#programs,
      preprocessing: this.network.dataSet.preprocessing,
      near,
      current,
      start: current,
      together: [],
      thresholds: this.thresholds,
      stopwatch,
    };
  }

  #candidateOptions(pictures: number) {
    const { editing } = this.network;
    return { editing, margin: this.thresholds.margin, seed: this.seed, pictures };
  }

  #report(figures: FixFigures, steps: number, before: Float32Array): PatchReport {
    const { controls } = this.bench;
    const clean = figures.controls.clean!;
    const largest = (losses: readonly number[]) => Math.max(...losses);
    return {
      steps,
      lossBefore: largest(figures.pictures.map(({ lossBefore }) => lossBefore)),
      lossAfter: largest(figures.pictures.map(({ lossAfter }) => lossAfter)),
      labelBefore: before.indexOf(Math.max(...before)),
      control: {
        name: `${controls.name}-clean`,
        fingerprint: controls.fingerprint,
        pictures: clean.pictures,
      },
      errorBefore: clean.errorBefore,
      errorAfter: clean.errorAfter,
      drawdown: clean.errorAfter - clean.errorBefore,
      negativeFlips: clean.negativeFlips,
      positiveFlips: clean.positiveFlips,
    };
  }

  #recordOf({ id, constraints }: Patch, weights: Weights, figures: FixFigures) {
    const { controls } = this.bench;
    return {
      schema: 'patchwork/fix@1' as const,
      id,
      weights: weightsDigest(weights),
      labelNames: [...controls.set.labelNames],
      labels: constraints.map(({ labelName }) => labelName),
      seed: this.seed,
      editable: this.network.editing !== undefined,
      control: {
        name: controls.name,
        fingerprint: controls.fingerprint,
        pictures: controls.set.count,
      },
      thresholds: this.thresholds,
      figures,
    };
  }

  #notFixed({ constraints }: FixRequest, near: NearPictures): FixError {
    const { wrong, controlPictures } = cacheFigures(this.bench.controls, near);
    const advice =
      wrong === 0
        ? `a cache entry would, and would answer none of ${controlPictures} control pictures wrongly`
        : `retrain with the picture, or check its label`;
    const labels = constraints.map(({ labelName }) => `"${labelName}"`).join(', ');
    return new FixError(
      'NOT_FIXED',
      `No candidate edit gives ${labels} by ${this.thresholds.margin} nats: ${advice}. Nothing was changed.`,
    );
  }
}

/** Every picture of every fix, in order. */
export function earlierPictures(patches: readonly Patch[]): EarlierPicture[] {
  return patches.flatMap(({ id, constraints }) =>
    constraints.map((constraint, picture) => ({ patch: id, picture, constraint })),
  );
}

/** The best of several searches: what the gate lets through, then what does the least damage. */
function choose(found: readonly Found[]): Found | undefined {
  return found
    .filter(({ choice }) => choice !== null)
    .toSorted(
      ({ choice: a }, { choice: b }) =>
        Number(b!.acceptable) - Number(a!.acceptable) || compareDamage(a!.damage, b!.damage),
    )[0];
}

/** The earlier pictures that an edit leaves with the least lead. */
function nearestToBreaking(
  earlier: readonly EarlierPicture[],
  { regressions }: FixFigures,
): PatchConstraint[] {
  return earlier
    .map(({ constraint }, index) => ({ constraint, loss: regressions[index]!.lossAfter }))
    .sort((a, b) => b.loss - a.loss)
    .slice(0, MOST_TOGETHER)
    .map(({ constraint }) => constraint);
}

/** The tensors of `after` that are not the same, bit for bit, in `before`. */
function difference(before: Weights, after: Weights): Weights {
  const bytes = ({ buffer, byteOffset, byteLength }: Float32Array) =>
    Buffer.from(buffer, byteOffset, byteLength);
  return new Map(
    [...after].filter(([name, { data }]) => {
      const old = before.get(name)!.data;
      return old !== data && !bytes(old).equals(bytes(data));
    }),
  );
}

function needless(constraints: readonly PatchConstraint[], losses: readonly number[]): PatchError {
  const labels = constraints.map(({ labelName }) => `"${labelName}"`).join(', ');
  return new PatchError(
    'EDIT_NEEDLESS',
    `The network says ${labels} already, by ${(-Math.max(...losses)).toFixed(3)} nats; there is nothing to fix.`,
  );
}
