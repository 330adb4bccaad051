import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import { EditPrograms } from '../editor/edit-programs.ts';
import type { Engine } from '../engine/engine.ts';
import { changedTensors } from '../network/changed-tensors.ts';
import { type Weights, weightsDigest } from '../network/weights.ts';
import { patchSettings } from '../patch/make-patch.ts';
import { type Patch, patchId } from '../patch/patch.ts';
import type { ControlBench } from './control/control-bench.ts';
import { earlierPictures } from './earlier-pictures.ts';
import type { FixFigures } from './figures.ts';
import { FixError } from './fix-error.ts';
import type { CandidateSource, Fix, FixRequest } from './fix-request.ts';
import { candidatesFor, openTrial, type SearchContext, searchFix } from './fix-search.ts';
import { cacheFigures } from './gate/cache-advice.ts';
import { contradictions, describeConflicts } from './gate/conflicts.ts';
import { checkFix, decide, type GateDecision } from './gate/gate.ts';
import type { Thresholds } from './gate/thresholds.ts';
import { NearPictures } from './near-pictures.ts';
import { patchReport, recordBasis } from './patch-report.ts';
import { candidates } from './search/candidate.ts';
import { Stopwatch } from './stopwatch.ts';

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
   * The least damaging edit that gives the pictures their labels (see `searchFix`), with the gate's verdict
   * on it.
   * @throws PatchError EDIT_NEEDLESS where all pictures have their labels by the margin already;
   *   FixError NOT_FIXED where no candidate fixes them
   */
  fix(request: FixRequest): Promise<Fix> {
    return this.#searching(request, async (context) => {
      const found = await searchFix(context, request);
      if (!found) throw this.#notFixed(request, context.near);
      const { trial, choice, strategy, rows, reason } = found;
      const { candidate, edit, share, steps, figures } = choice;
      const weights = trial.weights(edit, share);
      const report = patchReport(this.bench.controls, figures, steps, trial.before.logits[0]!);
      const patch = patchTo(request, weights, candidate.settings, report);
      const decision = await context.stopwatch.time('gate', async () =>
        this.#decide(request, figures, context.near),
      );
      const record = {
        ...recordBasis(this, patch, weights, figures),
        strategy,
        candidate: candidate.name,
        share,
        candidates: rows.map(({ candidate: { name }, ...row }) => ({ name, ...row })),
        reason,
        decision,
        stages: context.stopwatch.stages,
      };
      return { patch, record, weights };
    });
  }

  /**
   * A patch that changes nothing, for pictures that have their labels already: it keeps them among what
   * later fixes may not break.
   */
  hold(request: FixRequest): Promise<Fix> {
    return this.#searching(request, async (context) => {
      const { current } = request;
      const trial = await openTrial(context, current);
      const { figures } = await trial.measure(new Map(), 1);
      const { settings } = candidatesFor(context, 1)[0]!;
      const report = patchReport(this.bench.controls, figures, 0, trial.before.logits[0]!);
      const patch = patchTo(request, current, settings, report);
      const record = {
        ...recordBasis(this, patch, current, figures),
        strategy: 'held' as const,
        candidate: null,
        share: 0,
        candidates: [],
        reason: 'the network does what is asked for without an edit',
        decision: decide(checkFix(figures, this.thresholds), null),
        stages: context.stopwatch.stages,
      };
      return { patch, record, weights: current };
    });
  }

  async dispose(): Promise<void> {
    await this.#programs.dispose();
    await this.bench.dispose();
  }

  /** Runs a search with the pictures that it is about. */
  async #searching(
    { constraints, earlier }: FixRequest,
    search: (context: SearchContext) => Promise<Fix>,
  ): Promise<Fix> {
    const { network, bench, thresholds, seed } = this;
    const stopwatch = new Stopwatch();
    const suite = earlierPictures(earlier);
    const near = await stopwatch.time('neighbours', () =>
      NearPictures.open(bench, constraints, suite, seed),
    );
    const [programs, source] = [this.#programs, this.#candidates];
    try {
      const world = { network, bench, thresholds, seed, programs, near, stopwatch };
      return await search({ ...world, candidates: source });
    } finally {
      await near.dispose();
    }
  }

  #decide({ constraints }: FixRequest, figures: FixFigures, near: NearPictures): GateDecision {
    const checks = checkFix(figures, this.thresholds);
    const passed = checks.every((check) => check.passed);
    const cache = passed ? null : cacheFigures(this.bench.controls, near);
    return decide(checks, cache, [
      ...describeConflicts(figures, near.earlier, this.thresholds),
      ...contradictions(constraints, near.earlier),
    ]);
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

/** The patch that makes `weights` of the network that a fix is for. */
function patchTo(
  { current, constraints }: FixRequest,
  weights: Weights,
  settings: Parameters<typeof patchSettings>[0],
  report: Patch['report'],
): Patch {
  const changed = changedTensors(current, weights);
  const base = weightsDigest(current);
  return {
    id: patchId(base, changed, constraints),
    base,
    changed,
    constraints,
    settings: patchSettings(settings),
    report,
  };
}
