import type { Artifact } from '../../exporter/artifact/artifact.ts';
import { buildArtifact } from '../../exporter/artifact/build-artifact.ts';
import type { FixSummary } from '../../exporter/contract/manifest.ts';
import { normalise } from '../../exporter/contract/picture/preprocess.ts';
import { CHECK_IMAGES, checkGraph, type GraphCheck } from '../../exporter/format/check-graph.ts';
import { goldenVectors } from '../../exporter/format/golden-vectors.ts';
import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import { randomFor } from '../data/random.ts';
import type { Engine } from '../engine/engine.ts';
import { Classifier } from '../evaluation/classifier.ts';
import { applyPatches, type Patch } from '../patch/patch.ts';
import { provenanceOf } from './provenance.ts';
import { traceClassifier } from './trace-classifier.ts';

export interface ExportRequest {
  readonly engine: Engine;
  readonly network: TrainedNetwork;
  /** Applied in order before the export. */
  readonly patches: readonly Patch[];
  readonly model: string;
  readonly version: number;
  readonly parent: number | null;
}

export interface ExportedVersion {
  readonly artifact: Artifact;
  readonly check: GraphCheck;
}

/**
 * Exports a network as a version: traces it, checks the graph in onnxruntime-node against the engine on
 * 256 images, and adds golden vectors, the patched pictures among them.
 * @throws ExportError when the graph does not do what the engine does, PatchError BASE_MISMATCH,
 *   ArtifactError ARTIFACT_INVALID
 */
export async function exportVersion(request: ExportRequest): Promise<ExportedVersion> {
  const { engine, network, patches } = request;
  const { architecture, dataSet } = network;
  const { preprocessing, labelNames } = dataSet;
  const { classes } = architecture;
  const weights = applyPatches(network.weights, patches);
  const graph = traceClassifier(architecture, weights, preprocessing);
  const classifier = new Classifier(engine, architecture);
  const reference = (images: Float32Array) => classifier.logits(weights, images, preprocessing);
  try {
    const images = checkImages(request);
    const check = await checkGraph(
      graph,
      { height: preprocessing.height, width: preprocessing.width, classes },
      { count: CHECK_IMAGES, images, logits: await reference(images) },
    );
    const { pictures, golden } = await goldenVectors({
      graph,
      preprocessing,
      classes,
      reference,
      pictures: patches.map(({ id, constraint }) => ({
        name: `patch-${id}`,
        picture: constraint.picture,
      })),
    });
    const { name, stem, width } = architecture;
    const artifact = await buildArtifact({
      forms: [
        {
          precision: 'fp32',
          storage: 'onnx',
          graph,
          weights: null,
          tensors: [],
          golden,
          fidelity: null,
          heap: null,
        },
      ],
      model: request.model,
      version: request.version,
      parent: request.parent,
      architecture: { name, stem, width },
      labels: [...labelNames],
      preprocessing,
      golden: pictures,
      fixes: patches.map(fixSummary),
      provenance: provenanceOf(network, weights, patches),
    });
    return { artifact, check };
  } finally {
    await classifier.dispose();
  }
}

/**
 * What the graph is checked on: noise of varying contrast around varying greys, so that no picture of a
 * data set is needed and the same images come on every machine.
 */
function checkImages({ network }: ExportRequest): Float32Array {
  const { preprocessing } = network.dataSet;
  const { height, width } = preprocessing;
  const size = height * width * 3;
  const pixels = new Uint8Array(CHECK_IMAGES * size);
  for (let image = 0; image < CHECK_IMAGES; image++) {
    const random = randomFor(1, 'export check', image);
    const [grey, contrast] = [random.integer(256), random.integer(256)];
    const block = 1 + random.integer(8);
    const coarse = Uint8Array.from({ length: Math.ceil(width / block) * 3 * height }, () =>
      Math.max(0, Math.min(255, grey + random.integer(contrast + 1) - (contrast >> 1))),
    );
    for (let index = 0; index < size; index++) {
      const [row, rest] = [Math.floor(index / (width * 3)), index % (width * 3)];
      const [column, channel] = [Math.floor(rest / 3), rest % 3];
      const cell = Math.floor(row / block) * Math.ceil(width / block) + Math.floor(column / block);
      pixels[image * size + index] = coarse[cell * 3 + channel]!;
    }
  }
  return normalise(pixels, preprocessing);
}

function fixSummary(patch: Patch): FixSummary {
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
