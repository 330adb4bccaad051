import type { TrainedNetwork } from '../../checkpoint/checkpoint.ts';
import { NetworkGrounds } from '../../control/network-grounds.ts';
import type { DataSet } from '../../data/data-set.ts';
import type { PictureSet } from '../../data/picture-set.ts';
import type { EditedModel } from '../../editor/edit-method.ts';
import { firstStage } from '../../editor/first-stage.ts';
import type { Engine } from '../../engine/engine.ts';
import { FGSM, PGD } from '../adversarial/attack.ts';
import { rankReport } from '../adversarial/true-class-rank.ts';
import { Classifier } from '../classifier.ts';
import { boundaryControl } from '../control/boundary-control.ts';
import { cleanControl } from '../control/clean-control.ts';
import { corruptedControl } from '../control/corrupted-control.ts';
import { errorRate } from '../damage.ts';
import { EvaluationError } from '../run/evaluation-error.ts';
import type { Protocol } from '../run/evaluation-plan.ts';
import type { BaseFigures } from '../run/evaluation-result.ts';
import { type EvaluationRun, runEvaluation } from '../run/run-evaluation.ts';
import { SuffixScorer } from '../suffix-scorer.ts';
import { topClasses } from '../top-class.ts';
import { type ArguableMistake, arguableMistakes } from '../uncertainty/arguable-mistake.ts';
import type { LabelUncertainty } from '../uncertainty/label-uncertainty.ts';
import { adversarialProtocol } from './adversarial-protocol.ts';
import {
  type EditPool,
  honestProtocol,
  likelyProtocol,
  naturalProtocol,
  paperProtocol,
} from './edit-protocols.ts';
import { Judge } from './judge.ts';
import type { MethodChoice } from './method-choice.ts';
import { planEvaluation } from './plan-evaluation.ts';
import type { ProtocolUnits } from './protocol-units.ts';
import { sequentialProtocol } from './sequential-protocol.ts';

/** A corrupted picture for so many clean ones. */
const CLEAN_PER_CORRUPTED = 4;

export interface EvaluationRequest
  extends Pick<EvaluationRun, 'command' | 'shard' | 'journal' | 'onUnit'> {
  readonly engine: Engine;
  readonly network: TrainedNetwork;
  readonly data: DataSet;
  /** Natural pictures for the protocol of that name. */
  readonly natural: PictureSet | null;
  /** What people called the test pictures, where it is known. */
  readonly labelUncertainty: LabelUncertainty | null;
  readonly protocols: readonly Protocol[];
  readonly methods: readonly MethodChoice[];
  /** Edits of each protocol at most, sequential edits aside. */
  readonly edits: number;
  readonly sequences: number;
  /** Pictures of the clean control set; null for the whole test set. */
  readonly control: number | null;
  readonly seed: number;
  /** Where retraining keeps its checkpoints. */
  readonly folder: string;
  /** Where what later edits of the network need too is kept; without it, nowhere. */
  readonly cacheFolder?: string;
}

/**
 * Evaluates a network: its accuracy, and every protocol with every method.
 * @throws EvaluationError NOTHING_TO_EDIT where a protocol finds no picture to edit, JOURNAL_MISMATCH
 */
export async function evaluateNetwork(
  request: EvaluationRequest,
): Promise<Awaited<ReturnType<typeof runEvaluation>>> {
  const { engine, network, data, natural, control, seed } = request;
  const { architecture, weights } = network;
  const { test, preprocessing } = data;
  const logitsOf = logitsBy(engine, network);
  const logits = await logitsOf(test);
  const answers = topClasses(logits, architecture.classes);
  const error = errorRate(test, answers);
  const { labelUncertainty } = request;
  const arguable = labelUncertainty && arguableMistakes(test, answers, labelUncertainty);
  const scored = { architecture, weights, preprocessing };
  const scorer = new SuffixScorer(engine, scored, {
    keepBefore: request.methods.map(({ settings }) => firstStage(settings.stages)),
  });
  const protocols: ProtocolUnits[] = [];
  try {
    const controls =
      request.protocols.length === 0 ? [] : await controlSets(test, logits, control, seed);
    const judge = await Judge.create(scorer, test.labelNames, controls);
    const unedited: EditedModel = { weights, overrides: [] };
    const pool: EditPool = {
      judge,
      network: unedited,
      set: test,
      logits,
      isControl: true,
      arguable: new Set(arguable?.map(({ picture }) => picture)),
    };
    for (const protocol of request.protocols) {
      for (const units of await protocolUnits(protocol, request, pool, logitsOf)) {
        protocols.push(units);
        if (units.count === 0) throw nothingToEdit(units);
      }
    }
    const base: BaseFigures = {
      pictures: test.count,
      accuracy: 1 - error,
      error,
      controls: judge.baseErrors(),
      natural: natural && naturalFigures(natural, await logitsOf(natural)),
      arguable: arguable && arguableFigures(test, error, arguable),
    };
    const { methods } = request;
    const { folder, cacheFolder } = request;
    const grounds = new NetworkGrounds(engine, scored, data, cacheFolder);
    const context = { engine, architecture, data, scorer, grounds, seed, folder };
    const parts = { network, data, context, judge, base, protocols, methods, labelUncertainty };
    const planned = await planEvaluation(parts);
    const { command, shard, journal, onUnit } = request;
    return await runEvaluation({ ...planned, command, shard, journal, onUnit });
  } finally {
    for (const units of protocols) await units.dispose?.();
    await scorer.dispose();
  }
}

async function controlSets(
  test: PictureSet,
  logits: Float32Array,
  control: number | null,
  seed: number,
) {
  const clean = control === null ? test.count : Math.min(control, test.count);
  const corrupted = Math.max(1, Math.floor(clean / CLEAN_PER_CORRUPTED));
  return [
    cleanControl(test, { pictures: clean, seed }),
    boundaryControl(test, logits),
    await corruptedControl(test, { pictures: corrupted, seed }),
  ];
}

async function protocolUnits(
  protocol: Protocol,
  { engine, network, natural, edits, sequences, seed, data }: EvaluationRequest,
  pool: EditPool,
  logitsOf: (set: PictureSet) => Promise<Float32Array>,
): Promise<ProtocolUnits[]> {
  const draw = { edits, seed };
  const { judge, set } = pool;
  switch (protocol) {
    case 'paper':
      return [paperProtocol(pool, draw)];
    case 'likely':
      return [likelyProtocol(pool, draw)];
    case 'honest':
      return [honestProtocol(pool, draw)];
    case 'sequential':
      return [sequentialProtocol(pool, { sequences, seed })];
    case 'adversarial': {
      const { architecture, weights } = network;
      const scored = { architecture, weights, preprocessing: data.preprocessing };
      const attacked: ProtocolUnits[] = [];
      for (const attack of [FGSM, PGD]) {
        const options = { attack, pictures: edits, seed };
        attacked.push(await adversarialProtocol(engine, judge, scored, set, options));
      }
      return attacked;
    }
    case 'natural': {
      if (natural === null) throw new RangeError('The natural protocol needs natural pictures.');
      const own = {
        ...pool,
        set: natural,
        logits: await logitsOf(natural),
        isControl: false,
        arguable: new Set<number>(),
      };
      return [naturalProtocol(own, draw)];
    }
  }
}

function naturalFigures(set: PictureSet, logits: Float32Array): BaseFigures['natural'] {
  const { pictures, accuracy, topFive, meanRank } = rankReport(set, logits);
  return { pictures, accuracy, topFive, meanRank };
}

function arguableFigures(
  { count }: PictureSet,
  error: number,
  pictures: readonly ArguableMistake[],
): BaseFigures['arguable'] {
  const mistakes = Math.round(error * count);
  return { mistakes, pictures: [...pictures], error: (mistakes - pictures.length) / count };
}

/** Classifies sets with the network before any fix. */
function logitsBy(engine: Engine, { architecture, weights, dataSet }: TrainedNetwork) {
  return async (set: PictureSet): Promise<Float32Array> => {
    const classifier = new Classifier(engine, architecture);
    try {
      return await classifier.logitsOfSet(weights, set, dataSet.preprocessing);
    } finally {
      await classifier.dispose();
    }
  };
}

function nothingToEdit({ protocol, parameters }: ProtocolUnits): EvaluationError {
  const why =
    protocol === 'adversarial'
      ? `the attack ${parameters.attack} fools the network with none of ${parameters.attacked} pictures; give more --edits`
      : 'the network gets every picture right, arguable ones aside; leave this protocol out';
  return new EvaluationError(
    'NOTHING_TO_EDIT',
    `The ${protocol} protocol finds nothing to edit: ${why}.`,
  );
}
