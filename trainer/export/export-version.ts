import type { Artifact } from '../../exporter/artifact/artifact.ts';
import { buildArtifact } from '../../exporter/artifact/build-artifact.ts';
import { CHECK_IMAGES, checkGraph, type GraphCheck } from '../../exporter/format/check-graph.ts';
import { DEFAULT_FORMS, type FormKind } from '../../exporter/format/form-kind.ts';
import { goldenInputs } from '../../exporter/format/golden-vectors.ts';
import type { RuntimeName } from '../../exporter/format/runtime/open-graph.ts';
import { HEAP_BUDGET, type HeapBudget } from '../../exporter/heap/heap-budget.ts';
import type { HeapMeter } from '../../exporter/heap/heap-meter.ts';
import type { KeptMeasurements } from '../../exporter/measurement/kept-measurements.ts';
import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import type { DataSet } from '../data/data-set.ts';
import type { Engine } from '../engine/engine.ts';
import { Classifier } from '../evaluation/classifier.ts';
import { checkControl } from '../patch/make-patch.ts';
import { applyPatches, type Patch } from '../patch/patch.ts';
import { checkImages } from './check-images.ts';
import { CONVERSION_GATE, type ConversionGate } from './conversion-gate.ts';
import { conversionProbe, withControls } from './conversion-probe.ts';
import { fixedPictures } from './fixed-pictures.ts';
import type { ConvertedForm } from './form-checker.ts';
import { FormExporter } from './form-exporter.ts';
import { fixSummary, provenanceOf } from './provenance.ts';
import { referenceLogits } from './reference-logits.ts';
import { traceClassifier } from './trace-classifier.ts';

/** Control pictures that conversions are measured on unless a command says otherwise. */
export const CONTROL_PICTURES = 256;

/** What an export computes beside what its gate needs. */
export interface ExportEffort {
  /** How many images the graph is compared with the engine on. */
  readonly checkImages: number;
  /** How many control pictures forms in float32 are asked, which differ from the engine by rounding alone. */
  readonly plainPictures: number;
  /**
   * What the manifest's figures of a precision are measured in: `wasm` takes a pass of its own over the
   * control pictures and gives the same figures on every machine, `native` takes the gate's answers.
   */
  readonly fidelityRuntime: RuntimeName;
}

export const FULL_EFFORT: ExportEffort = {
  checkImages: CHECK_IMAGES,
  plainPictures: Number.POSITIVE_INFINITY,
  fidelityRuntime: 'wasm',
};

export interface ExportRequest {
  readonly engine: Engine;
  readonly network: TrainedNetwork;
  /** Applied in order before the export. */
  readonly patches: readonly Patch[];
  readonly model: string;
  readonly version: number;
  readonly parent: number | null;
  /**
   * The patches that the parent has not. Where they are told, neighbours of the others are not asked again; the
   * fixed pictures all are.
   */
  readonly fresh?: ReadonlySet<string> | undefined;
  /** The data whose test pictures measure conversions, and whose training pictures calibrate int8. */
  readonly control: DataSet;
  /** The forms wanted, all of them; without it the usual ones that pass. */
  readonly forms?: readonly FormKind[] | undefined;
  /** The usual forms, of which those that pass are made; those of the exporter without it. */
  readonly usual?: readonly FormKind[];
  readonly controlPictures?: number | undefined;
  readonly effort?: ExportEffort;
  /** What the engine answered to pictures with these weights before, by `pictureDigest`: [classes] each. */
  readonly known?: ReadonlyMap<string, Float32Array> | undefined;
  readonly gate?: ConversionGate;
  readonly budget?: HeapBudget;
  /** Measures the heap; null to leave it unmeasured and unbounded. */
  readonly heapMeter: HeapMeter | null;
  /** Where calibrations of other exports are found and kept. */
  readonly kept?: KeptMeasurements;
}

export interface ExportedVersion {
  readonly artifact: Artifact;
  readonly check: GraphCheck;
  /** How the forms of the artifact were checked, in its order. */
  readonly forms: readonly ConvertedForm[];
  /** The usual forms that this version has not, each with the reason. */
  readonly leftOut: readonly { readonly form: FormKind; readonly reason: string }[];
}

/**
 * Exports a network as a version: traces it, checks the graph in onnxruntime-node against the engine,
 * converts it to each form, and checks in each that the fixes survived, the control set hardly changed and
 * the heap suffices.
 * @throws ExportError when the graph does not do what the engine does, or a form that was asked for, or
 *   all usual ones, do not pass: FIX_LOST, DAMAGE_EXCEEDED, HEAP_EXCEEDED, STAGE_UNAVAILABLE; PatchError
 *   BASE_MISMATCH, CONTROL_MISMATCH; ArtifactError ARTIFACT_INVALID
 */
export async function exportVersion(request: ExportRequest): Promise<ExportedVersion> {
  const { engine, network, patches, control } = request;
  const { architecture, dataSet } = network;
  const { preprocessing, labelNames } = dataSet;
  checkControl(network, control);
  const weights = applyPatches(network.weights, patches);
  const graph = traceClassifier(architecture, weights, preprocessing);
  const shape = { ...preprocessing, classes: architecture.classes };
  const golden = goldenInputs(
    preprocessing,
    fixedPictures(patches).filter(({ recent }) => recent),
  );
  const probe = conversionProbe(
    network,
    patches,
    control.test,
    request.controlPictures ?? CONTROL_PICTURES,
    request.fresh,
  );
  const { checkImages: count, plainPictures, fidelityRuntime } = request.effort ?? FULL_EFFORT;
  const exporter = new FormExporter({
    graph,
    shape,
    network,
    patches,
    control,
    golden,
    probe,
    plainProbe: withControls(probe, plainPictures),
    fidelityRuntime,
    hasParent: request.parent !== null,
    gate: request.gate ?? CONVERSION_GATE,
    budget: request.budget ?? HEAP_BUDGET,
    heapMeter: request.heapMeter,
    kept: request.kept,
  });
  const kinds = request.forms ?? request.usual ?? DEFAULT_FORMS;
  exporter.anticipate(kinds);
  const classifier = new Classifier(engine, architecture);
  try {
    const images = checkImages(preprocessing, count);
    const [goldenLogits, probeLogits, logits] = (await referenceLogits(
      [
        { ...golden, count: golden.pictures.length },
        { ...probe, known: (index) => request.known?.get(probe.digests[index]!) },
        { images, count },
      ],
      architecture.classes,
      (all) => classifier.logits(weights, all, preprocessing),
    )) as [Float32Array, Float32Array, Float32Array];
    const plain = await exporter.convertPlain(kinds);
    const check = await checkGraph(plain, shape, { count, images, logits });
    const reference = { golden: goldenLogits, probe: probeLogits };
    const { forms, leftOut } = request.forms
      ? { forms: await exporter.exportAll(kinds, reference), leftOut: [] }
      : await exporter.exportFitting(kinds, reference);
    const { name, stem, width, extraBlock } = architecture;
    const artifact = await buildArtifact({
      forms: forms.map(({ content }) => content),
      model: request.model,
      version: request.version,
      parent: request.parent,
      architecture: { name, stem, width, ...(extraBlock && { extraBlock }) },
      labels: [...labelNames],
      preprocessing,
      golden: golden.pictures,
      fixes: patches.map(fixSummary),
      provenance: provenanceOf(network, weights, patches),
    });
    return { artifact, check, forms, leftOut };
  } finally {
    await classifier.dispose();
  }
}
