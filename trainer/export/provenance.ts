import { createHash } from 'node:crypto';
import type { FixSummary } from '../../exporter/contract/manifest.ts';
import packageJson from '../../package.json' with { type: 'json' };
import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import { type Weights, weightsDigest } from '../network/weights.ts';
import type { Patch } from '../patch/patch.ts';

/** Packages whose version decides what is exported; they are pinned exactly. */
const PACKAGES = ['onnxruntime-node', 'onnxruntime-web', '@tensorflow/tfjs', 'protobufjs'] as const;

/** What a manifest says of a patch. */
export function fixSummary(patch: Patch): FixSummary {
  const { report, constraints, settings } = patch;
  const [first, ...more] = constraints.map(({ labelName, imageSha256 }) => ({
    label: labelName,
    imageSha256,
  }));
  return {
    id: patch.id,
    ...first!,
    morePictures: more,
    editor: settings.editor,
    steps: report.steps,
    drawdown: report.drawdown,
    negativeFlips: report.negativeFlips.length,
    controlPictures: report.control.pictures,
    forced: patch.forcedBecause !== undefined,
  };
}

/**
 * Where an exported network comes from. Nothing of the machine that exports it is among it, so that the
 * same network gives the same manifest everywhere.
 * @param weights with the patches applied
 */
export function provenanceOf(
  { dataSet, training, origin }: TrainedNetwork,
  weights: Weights,
  patches: readonly Patch[],
): Record<string, string | number> {
  return {
    dataSet: dataSet.name,
    dataSetFingerprint: dataSet.fingerprint,
    trainingSeed: training.seed,
    trainingSteps: training.step,
    trainingOptions: training.optionsFingerprint,
    weights: weightsDigest(weights),
    ...(origin && { importedFrom: origin.format, importedSha256: origin.sha256 }),
    ...Object.fromEntries(patches.flatMap(patchProvenance)),
    patchwork: packageJson.version,
    ...Object.fromEntries(PACKAGES.map((name) => [name, packageJson.dependencies[name]])),
  };
}

/** What a patch was made with and what came of it, each by its digest or in words. */
function patchProvenance({ id, base, settings, report }: Patch): [string, string][] {
  const { editor, editorSettings } = settings;
  const coefficients = Object.entries(editorSettings).map(([name, value]) => `${name} ${value}`);
  return [
    [`patch ${id} base`, base],
    [`patch ${id} editor`, [editor, ...coefficients.sort()].join(', ')],
    [`patch ${id} control`, report.control.fingerprint],
    [`patch ${id} settings`, digestOf(settings)],
    [`patch ${id} report`, digestOf(report)],
  ];
}

/** SHA-256 of a value as JSON with its keys in order. */
function digestOf(value: object): string {
  const sorted = (_: string, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner;
  return createHash('sha256').update(JSON.stringify(value, sorted)).digest('hex');
}
