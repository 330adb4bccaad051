import { readFileSync } from 'node:fs';
import type { FixSummary } from '../../exporter/contract/manifest.ts';
import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import { type Weights, weightsDigest } from '../network/weights.ts';
import type { Patch } from '../patch/patch.ts';

/** What a manifest says of a patch. */
export function fixSummary(patch: Patch): FixSummary {
  const { report, constraint, settings } = patch;
  return {
    id: patch.id,
    label: constraint.labelName,
    imageSha256: constraint.imageSha256,
    editor: settings.editor,
    steps: report.steps,
    drawdown: report.drawdown,
    negativeFlips: report.negativeFlips.length,
    controlPictures: report.control.pictures,
    forced: false,
  };
}

/**
 * What a version was made from and with. Nothing in it depends on the machine, so that the same checkpoint
 * exports to the same bytes everywhere.
 * @param weights as exported, patches applied
 */
export function provenance(
  { dataSet, training }: TrainedNetwork,
  weights: Weights,
): Record<string, string | number> {
  return {
    dataSet: dataSet.name,
    dataSetFingerprint: dataSet.fingerprint,
    trainingSeed: training.seed,
    trainingSteps: training.step,
    weights: weightsDigest(weights),
    ...packageVersions(),
  };
}

/** This package's version, and those of the runtimes that made and checked the forms. */
function packageVersions(): Record<string, string> {
  const path = new URL('../../package.json', import.meta.url);
  const { version, dependencies } = JSON.parse(readFileSync(path, 'utf8')) as {
    version: string;
    dependencies: Record<'onnxruntime-node' | 'onnxruntime-web', string>;
  };
  return {
    patchwork: version,
    onnxruntimeNode: dependencies['onnxruntime-node'],
    onnxruntimeWeb: dependencies['onnxruntime-web'],
  };
}
