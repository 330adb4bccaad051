import { sha256 } from '../../exporter/contract/digest.ts';
import { fitPicture, normalise } from '../../exporter/contract/picture/preprocess.ts';
import type { RgbPicture } from '../../exporter/contract/picture/rgb-picture.ts';
import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import { type Control, isDataSet, openControlMeter } from '../control/control-meter.ts';
import { NetworkGrounds } from '../control/network-grounds.ts';
import type { DataSet } from '../data/data-set.ts';
import { EditRunner } from '../editor/apply-editor.ts';
import type { EditSettings } from '../editor/edit-task.ts';
import { coefficientValues } from '../editor/editor.ts';
import type { Engine } from '../engine/engine.ts';
import { Classifier } from '../evaluation/classifier.ts';
import { topClasses } from '../evaluation/top-class.ts';
import { weightsDigest } from '../network/weights.ts';
import { type Patch, type PatchConstraint, type PatchSettings, patchId } from './patch.ts';
import { PatchError } from './patch-error.ts';

export interface PatchRequest {
  readonly engine: Engine;
  /** The network to fix, with the patches it has already. */
  readonly network: TrainedNetwork;
  readonly picture: RgbPicture;
  readonly labelName: string;
  readonly settings: EditSettings;
  /** What measures the damage; of a data set, the training pictures are rehearsed. */
  readonly control: Control;
  /** Where what later edits of the network need too is kept; without it, nowhere. */
  readonly cacheFolder?: string;
}

/**
 * Makes the patch that gives `picture` its label, and measures what else it changes.
 * @throws PatchError SETTINGS_INVALID, LABEL_UNKNOWN, CONTROL_MISMATCH, EDIT_NEEDLESS when the network
 *   says so already, or EDIT_FAILED when the steps do not suffice; EditorError REHEARSAL_INVALID,
 *   CURVATURE_MISSING, STAGES_INVALID; ControlError PICTURES_MISSING, ACTIVATIONS_FOREIGN; ScorerError ACTIVATIONS_INSUFFICIENT
 */
export async function makePatch(request: PatchRequest): Promise<Patch> {
  const { engine, network, settings, control, cacheFolder } = request;
  checkSettings(settings);
  const label = labelIndex(network.dataSet.labelNames, request.labelName);
  if (isDataSet(control)) checkControl(network, control);
  const { preprocessing } = network.dataSet;
  const { height, width } = preprocessing;
  const pixels = fitPicture(request.picture, preprocessing);
  const image = normalise(pixels, preprocessing);
  const classifier = new Classifier(engine, network.architecture);
  const { architecture, weights } = network;
  const scored = { architecture, weights, preprocessing };
  const grounds = await new NetworkGrounds(engine, scored, control, cacheFolder).of(settings);
  const meter = await openControlMeter(engine, network, control);
  const runner = new EditRunner(engine, network.architecture, settings, grounds);
  try {
    const logits = await classifier.logits(network.weights, image, preprocessing);
    const labelBefore = topClasses(logits, network.architecture.classes)[0]!;
    const edit = await runner.edit(network.weights, { image, height, width, label });
    if (edit.steps === 0) throw needless(request.labelName, edit.lossBefore);
    if (!edit.success) throw failed(request, edit.lossAfter);
    const patched = new Map([...network.weights, ...edit.changed]);
    const damage = await meter.damage(network.weights, patched);
    const base = weightsDigest(network.weights);
    const { pictures, ...figures } = damage;
    const fitted = { height, width, pixels };
    const constraints = [await patchConstraint(fitted, label, request.labelName)];
    return {
      id: patchId(base, edit.changed, constraints),
      base,
      changed: edit.changed,
      constraints,
      settings: patchSettings(settings),
      report: {
        steps: edit.steps,
        lossBefore: edit.lossBefore,
        lossAfter: edit.lossAfter,
        labelBefore,
        control: { ...meter.control, pictures },
        ...figures,
      },
    };
  } finally {
    await meter.dispose();
    await classifier.dispose();
    await runner.dispose();
  }
}

/** @param picture at the size the network takes */
export async function patchConstraint(
  picture: RgbPicture,
  label: number,
  labelName: string,
): Promise<PatchConstraint> {
  return { picture, imageSha256: await sha256(picture.pixels), label, labelName };
}

/** The settings of an edit as a patch records them. */
export function patchSettings(settings: EditSettings): PatchSettings {
  const { editor, stages, margin, maxSteps, rehearsal = null, views = null } = settings;
  const editorSettings = coefficientValues(editor);
  return { editor: editor.name, editorSettings, stages, margin, maxSteps, rehearsal, views };
}

/** @throws PatchError LABEL_UNKNOWN naming the labels there are */
export function labelIndex(labelNames: readonly string[], name: string): number {
  const index = labelNames.indexOf(name);
  if (index >= 0) return index;
  throw new PatchError(
    'LABEL_UNKNOWN',
    `The network knows no label "${name}"; choose one of ${labelNames.join(', ')}.`,
  );
}

function checkSettings({ margin, maxSteps, stages, rehearsal }: EditSettings): void {
  const invalid = (what: string) => new PatchError('SETTINGS_INVALID', what);
  if (!(margin >= 0)) {
    throw invalid(`The margin is ${margin}; below 0 the label would not win. Give at least 0.`);
  }
  if (!(Number.isInteger(maxSteps) && maxSteps >= 1)) {
    throw invalid(`An edit may take ${maxSteps} steps; give a whole number of at least 1.`);
  }
  if (stages.length === 0) throw invalid('An edit may change no stage; name at least one.');
  if (rehearsal && !(rehearsal.weight > 0)) {
    throw invalid(`The weight of rehearsal is ${rehearsal.weight}; give a number above 0.`);
  }
}

/** @throws PatchError CONTROL_MISMATCH where the data has other labels or sizes than the network */
export function checkControl({ dataSet }: TrainedNetwork, control: DataSet): void {
  const { labelNames, height, width } = control.test;
  const { preprocessing } = dataSet;
  if (
    labelNames.join() === dataSet.labelNames.join() &&
    height === preprocessing.height &&
    width === preprocessing.width
  ) {
    return;
  }
  throw new PatchError(
    'CONTROL_MISMATCH',
    `The network was trained on ${dataSet.name}, and ${control.name} has other labels or sizes; measure the damage on ${dataSet.name}.`,
  );
}

function needless(labelName: string, loss: number): PatchError {
  return new PatchError(
    'EDIT_NEEDLESS',
    `The network says "${labelName}" already, by ${(-loss).toFixed(3)} nats; there is nothing to fix.`,
  );
}

function failed({ labelName, settings }: PatchRequest, loss: number): PatchError {
  return new PatchError(
    'EDIT_FAILED',
    `After ${settings.maxSteps} steps "${labelName}" is still ${loss.toFixed(3)} nats behind its strongest rival, where ${-settings.margin} is wanted; allow more steps, a larger rate or more stages. Nothing was written.`,
  );
}
