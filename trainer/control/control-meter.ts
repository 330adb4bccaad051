import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import type { DataSet } from '../data/data-set.ts';
import type { LabelledSet } from '../data/picture-set.ts';
import type { Engine } from '../engine/engine.ts';
import { Classifier } from '../evaluation/classifier.ts';
import { type Damage, type Flip, measureDamage } from '../evaluation/damage.ts';
import { SuffixScorer } from '../evaluation/suffix-scorer.ts';
import type { Weights } from '../network/weights.ts';
import {
  type ControlActivations,
  checkActivations,
  rowsOfKind,
  selectControl,
} from './control-activations.ts';

/** What damage is measured on: the test pictures of data, or the clean ones of control activations. */
export type Control = DataSet | ControlActivations;

/** Measures what an edit of one network does to a control set. */
export interface ControlMeter {
  /** The set that it measures on, for a report. */
  readonly control: { readonly name: string; readonly fingerprint: string };
  damage(before: Weights, after: Weights): Promise<Damage>;
  dispose(): Promise<void>;
}

/** Whether pictures are there to be classified, calibrated on and rehearsed. */
export function isDataSet(control: Control): control is DataSet {
  return 'test' in control;
}

/**
 * @param network before the edits that are measured
 * @throws ControlError ACTIVATIONS_FOREIGN
 */
export async function openControlMeter(
  engine: Engine,
  network: TrainedNetwork,
  control: Control,
): Promise<ControlMeter> {
  return isDataSet(control)
    ? pictureMeter(engine, network, control)
    : activationMeter(engine, network, control);
}

function pictureMeter(
  engine: Engine,
  { architecture }: TrainedNetwork,
  data: DataSet,
): ControlMeter {
  const { test, preprocessing } = data;
  const classifier = new Classifier(engine, architecture);
  return {
    control: { name: test.name, fingerprint: data.fingerprint() },
    damage: (before, after) =>
      damageOf(test, before, after, (weights) =>
        classifier.logitsOfSet(weights, test, preprocessing),
      ),
    dispose: () => classifier.dispose(),
  };
}

async function activationMeter(
  engine: Engine,
  network: TrainedNetwork,
  control: ControlActivations,
): Promise<ControlMeter> {
  checkActivations(network, control);
  const { architecture, weights: base, dataSet } = network;
  const name = `${control.set.name}-clean`;
  const rows = rowsOfKind(control, 'clean');
  const { set, activations } = selectControl(control, rows, name);
  const scored = { architecture, weights: base, preprocessing: dataSet.preprocessing };
  const scorer = new SuffixScorer(engine, scored, { keepBefore: [control.stage] });
  const prepared = await scorer.prepareActivations(set, control.stage, activations);
  const placed = (flip: Flip): Flip => ({
    ...flip,
    picture: control.sources[rows[flip.picture]!]!,
  });
  return {
    control: { name, fingerprint: control.fingerprint },
    damage: async (before, after) => {
      const damage = await damageOf(set, before, after, (weights) =>
        scorer.logits(prepared, { weights, overrides: [] }),
      );
      return {
        ...damage,
        negativeFlips: damage.negativeFlips.map(placed),
        positiveFlips: damage.positiveFlips.map(placed),
      };
    },
    dispose: () => scorer.dispose(),
  };
}

async function damageOf(
  set: LabelledSet,
  before: Weights,
  after: Weights,
  logitsOf: (weights: Weights) => Promise<Float32Array>,
): Promise<Damage> {
  return measureDamage(set, await logitsOf(before), await logitsOf(after));
}
