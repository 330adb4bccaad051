import { join } from 'node:path';
import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import { type Control, isDataSet } from '../control/control-meter.ts';
import { firstStage } from '../editor/first-stage.ts';
import type { Engine } from '../engine/engine.ts';
import { ActivationCache } from '../evaluation/activation-cache.ts';
import { SuffixScorer } from '../evaluation/suffix-scorer.ts';
import { STAGES } from '../network/architecture.ts';
import { weightsDigest } from '../network/weights.ts';
import { checkControl } from '../patch/make-patch.ts';
import { ControlBench } from './control/control-bench.ts';
import { ControlCache } from './control/control-cache.ts';
import { drawControlPictures } from './control/control-pictures.ts';
import {
  type Controls,
  havePictures,
  rehearsable,
  storedControls,
} from './control/stored-controls.ts';
import type { CandidateSource } from './fix-request.ts';
import { Fixer } from './fixer.ts';
import type { Thresholds } from './gate/thresholds.ts';
import { candidates, firstStages, REHEARSED } from './search/candidate.ts';

export interface OpenFixerOptions {
  readonly engine: Engine;
  /** The network before any fix. */
  readonly network: TrainedNetwork;
  /**
   * Loads the pictures to measure on and to rehearse, or the activations to measure on; asked only where the
   * cache has nothing.
   */
  readonly loadData: () => Promise<Control>;
  /** Of the data that is loaded; null for activations, which are not looked for in the cache. */
  readonly fingerprint: string | null;
  /** Clean control pictures. */
  readonly control: number;
  readonly seed: number;
  readonly thresholds: Thresholds;
  /** Where control pictures and their activations are kept for later processes. */
  readonly cacheFolder: string;
  /** See `FixerOptions`. */
  readonly candidates?: CandidateSource;
}

/**
 * Makes a fixer ready: draws the control pictures and passes them through the network, or takes both
 * from the cache.
 * @throws PatchError CONTROL_MISMATCH, DataError, ScorerError
 */
export async function openFixer(options: OpenFixerOptions): Promise<Fixer> {
  const { engine, network, thresholds, seed, cacheFolder } = options;
  const { architecture, weights, dataSet } = network;
  const controls = await controlPictures(options);
  const source = usableOn(controls, options.candidates ?? candidates);
  const tried = source({
    editing: network.editing,
    margin: 0,
    seed,
    pictures: 1,
    rehearsable: rehearsable(controls),
    curvature: controls.curvature !== null,
  });
  const activations = join(cacheFolder, 'activations');
  const bench = await ControlBench.open({
    engine,
    network: { architecture, weights, preprocessing: dataSet.preprocessing },
    controls,
    keepBefore: firstStages(tried),
    cache: new ActivationCache(activations),
    answers: activations,
  });
  return new Fixer({ engine, network, bench, thresholds, seed, candidates: source });
}

async function controlPictures({
  engine,
  network,
  loadData,
  fingerprint,
  control,
  seed,
  cacheFolder,
}: OpenFixerOptions): Promise<Controls> {
  const { architecture, dataSet, weights } = network;
  const cache = new ControlCache(join(cacheFolder, 'controls'));
  const drawn = { pictures: control, seed, rehearsal: REHEARSED };
  const { preprocessing } = dataSet;
  const key = { ...drawn, weights: weightsDigest(weights), preprocessing };
  const found = fingerprint === null ? null : await cache.find({ ...key, fingerprint });
  if (found) return found;
  const data = await loadData();
  if (!isDataSet(data)) return storedControls(engine, network, data);
  checkControl(network, data);
  const scored = { architecture, weights, preprocessing };
  const scorer = new SuffixScorer(engine, scored, { keepBefore: [] });
  try {
    const controls = await drawControlPictures(data, (set) => scorer.prepare(set), drawn);
    await cache.keep({ ...key, fingerprint: controls.fingerprint }, controls);
    return controls;
  } finally {
    await scorer.dispose();
  }
}

/** Of the ways to make an edit, those that can be measured on the controls. */
function usableOn(controls: Controls, source: CandidateSource): CandidateSource {
  if (havePictures(controls)) return source;
  const first = STAGES.indexOf(controls.stage);
  return (options) =>
    source(options).filter(({ settings }) => STAGES.indexOf(firstStage(settings.stages)) >= first);
}
