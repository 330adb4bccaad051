import { z } from 'zod';
import type { Artifact } from '../../exporter/artifact/artifact.ts';
import type { CardContent, FormTiming } from '../../exporter/artifact/attach-card.ts';
import type { CardFix } from '../../exporter/contract/card.ts';
import type { ClassifierShape, ExportedForm } from '../../exporter/format/exported-graph.ts';
import { measureSpeed, type Speed, SpeedSchema } from '../../exporter/format/measure-speed.ts';
import { type KeptMeasurements, sizesOf } from '../../exporter/measurement/kept-measurements.ts';
import { CONFIDENCE, estimate } from '../evaluation/statistics/bootstrap.ts';
import type { Patch, PatchReport } from '../patch/patch.ts';

/** Of the draws behind the intervals; the same report gives the same card. */
const SEED = 1;

const DrawdownSchema = z.strictObject({ mean: z.number(), low: z.number(), high: z.number() });

/** Where speeds are measured. */
export interface SpeedProbe {
  readonly kept: KeptMeasurements;
  /** For people. */
  readonly machine: string;
}

/**
 * What the card of an exported version says: its fixes by their reports, and how fast its forms are on
 * this machine.
 * @param patches those that were exported, in order
 * @throws ExportError RUNTIME_MISSING, GRAPH_UNREADABLE
 */
export async function versionCard(
  artifact: Artifact,
  patches: readonly Patch[],
  probe: SpeedProbe,
): Promise<CardContent> {
  const { manifest, parts } = artifact;
  const { labels, preprocessing } = manifest;
  const { height, width } = preprocessing;
  const timings: FormTiming[] = [];
  const shape = { height, width, classes: labels.length };
  for (const { precision, storage, graph, weights, tensors } of manifest.forms) {
    const { sha256, bytes: _, ...ports } = graph;
    const form = {
      precision,
      storage,
      graph: { ...ports, bytes: parts.get(sha256)! },
      weights: weights && parts.get(weights.sha256)!,
      tensors,
    };
    const speed = await speedOf(form, shape, probe);
    const runtime = 'onnxruntime-web';
    timings.push({ precision, storage, runtime, machine: probe.machine, ...speed });
  }
  const fixes: CardFix[] = [];
  for (const [index, summary] of manifest.fixes.entries()) {
    const { report, settings, forcedBecause } = patches[index]!;
    fixes.push({
      ...summary,
      labelBefore: labels[report.labelBefore]!,
      marginBefore: -report.lossBefore,
      marginAfter: -report.lossAfter,
      stages: [...settings.stages],
      controls: [await controlResult(report, probe.kept)],
      forcedBecause: forcedBecause ?? null,
    });
  }
  return { fixes, timings };
}

function speedOf(
  form: ExportedForm,
  shape: ClassifierShape,
  { kept, machine }: SpeedProbe,
): Promise<Speed> {
  const key = ['speed', machine, ...sizesOf(form, shape)];
  return kept.measured(key, SpeedSchema, () => measureSpeed(form, shape));
}

async function controlResult(
  report: PatchReport,
  kept: KeptMeasurements,
): Promise<CardFix['controls'][number]> {
  const { control, errorBefore, errorAfter, negativeFlips, positiveFlips } = report;
  const { mean, low, high } = await drawdownOf(report, kept);
  return {
    set: control.name,
    fingerprint: control.fingerprint,
    pictures: control.pictures,
    errorBefore,
    errorAfter,
    drawdown: { value: mean, low, high, confidence: CONFIDENCE },
    negativeFlips: negativeFlips.length,
    positiveFlips: positiveFlips.length,
  };
}

/** The rise of the error on the control pictures, found by how many there are, and how many flip either way. */
function drawdownOf(
  { control: { pictures }, negativeFlips, positiveFlips }: PatchReport,
  kept: KeptMeasurements,
): Promise<z.output<typeof DrawdownSchema>> {
  const [broken, mended] = [negativeFlips.length, positiveFlips.length];
  return kept.measured(['drawdown', SEED, pictures, broken, mended], DrawdownSchema, async () => {
    const worse: number[] = new Array(pictures).fill(0);
    worse.fill(1, 0, broken);
    worse.fill(-1, broken, broken + mended);
    const { mean, low, high } = estimate(worse, SEED)!;
    return { mean, low, high };
  });
}
