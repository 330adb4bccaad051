import { narrowToHalf } from '../../exporter/format/precision/half-float.ts';
import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import { widenHalf } from '../checkpoint/half-precision.ts';
import { featureCurvature } from '../curvature/feature-curvature.ts';
import type { DataSet } from '../data/data-set.ts';
import { pictureDigest } from '../data/picture-digest.ts';
import { type PictureSet, pictureAt } from '../data/picture-set.ts';
import type { Engine } from '../engine/engine.ts';
import { BatchRows } from '../evaluation/batch-rows.ts';
import { cleanControl } from '../evaluation/control/clean-control.ts';
import { corruptedControl } from '../evaluation/control/corrupted-control.ts';
import { pictureSource } from '../evaluation/picture-source.ts';
import { batchRanges, runBatches } from '../evaluation/run-batches.ts';
import { wholePass } from '../evaluation/split-inference.ts';
import type { Stage } from '../network/architecture.ts';
import { foldBatchNorm } from '../network/fold-batch-norm.ts';
import { type HostTensor, weightsDigest } from '../network/weights.ts';
import { perceptualHash } from '../rival/perceptual-hash.ts';
import { packedBytes } from './activations-file.ts';
import { type ControlActivations, prefixDigest } from './control-activations.ts';
import { ControlError } from './control-error.ts';

/** A corrupted picture for so many clean ones. */
const CLEAN_PER_CORRUPTED = 4;

export interface ControlRequest {
  readonly engine: Engine;
  /** The network before any fix. */
  readonly network: TrainedNetwork;
  readonly data: DataSet;
  /** What they are to be fed to: the first stage that edits change. */
  readonly stage: Stage;
  /** Bytes that they may take in a file. */
  readonly bytes: number;
  /** Clean control pictures at most; there is a corrupted one for every four. */
  readonly pictures: number;
  readonly seed: number;
}

/**
 * Draws clean and corrupted control pictures of the test set and computes what a stage takes of them, and the
 * curvature by training pictures.
 * @throws ControlError STAGE_INVALID for the first stage and the last, and where the bytes suffice for no picture
 */
export async function computeControlActivations(
  request: ControlRequest,
): Promise<ControlActivations> {
  const { stage } = request;
  const { test } = request.data;
  if (stage === 'stem' || stage === 'head') {
    throw new ControlError(
      'STAGE_INVALID',
      `Activations before ${stage} are no control set: choose a stage from layer1 to layer4.`,
    );
  }
  const curvature = await curvatureOf(request);
  const room = request.bytes - curvature.data.byteLength;
  for (let pictures = Math.min(request.pictures, test.count); ; ) {
    const control = { ...(await controlOf(request, pictures)), curvature };
    const bytes = await packedBytes(control.activations);
    if (bytes <= room) return control;
    pictures = Math.min(pictures - 1, Math.floor((pictures * room) / bytes));
    if (pictures < 1) {
      const one = Math.round(bytes / control.set.count);
      throw new ControlError(
        'STAGE_INVALID',
        `A picture takes ${one} bytes before ${stage}, too many for a control set of ${request.bytes}; choose a later stage.`,
      );
    }
  }
}

/** So many clean control pictures, and corrupted ones. */
async function controlOf(
  { engine, network, data, stage, seed }: ControlRequest,
  pictures: number,
): Promise<Omit<ControlActivations, 'curvature'>> {
  const { test } = data;
  const corruptedPictures = Math.max(1, Math.floor(pictures / CLEAN_PER_CORRUPTED));
  const sets = [
    cleanControl(test, { pictures, seed }),
    await corruptedControl(test, { pictures: corruptedPictures, seed }),
  ];
  const [clean, corrupted] = sets.map(({ set }) => set) as [PictureSet, PictureSet];
  const both: PictureSet = {
    ...clean,
    name: `${test.name}-controls`,
    count: clean.count + corrupted.count,
    pixels: new Uint8Array(Buffer.concat([clean.pixels, corrupted.pixels])),
    labels: Uint16Array.from([...clean.labels, ...corrupted.labels]),
  };
  const { pixels: _, ...set } = both;
  const sources = sets.flatMap((each) => [...each.sources]);
  const { shape, data: computed } = await activationsOf(engine, network, both, stage);
  return {
    name: data.name,
    fingerprint: data.fingerprint(),
    weights: weightsDigest(network.weights),
    prefix: prefixDigest(network.weights, stage),
    stage,
    set,
    parts: [
      { kind: 'clean', start: 0, count: clean.count },
      { kind: 'corrupted', start: clean.count, count: corrupted.count },
    ],
    sources,
    digests: sources.map((source) => pictureDigest(pictureAt(test, source).pixels)),
    hashes: Array.from({ length: both.count }, (_, index) =>
      perceptualHash(pictureAt(both, index)),
    ),
    activations: { shape, data: widenHalf(narrowToHalf(computed)) },
  };
}

function curvatureOf({ engine, network, data }: ControlRequest): Promise<HostTensor> {
  const { architecture, weights, dataSet } = network;
  const { preprocessing } = dataSet;
  return featureCurvature(engine, { architecture, weights, preprocessing }, data);
}

/** What `stage` takes of every picture, [N,H',W',C']. */
async function activationsOf(
  engine: Engine,
  { architecture, weights, dataSet }: TrainedNetwork,
  set: PictureSet,
  stage: Stage,
): Promise<HostTensor> {
  const ranges = batchRanges(set.count);
  const rows = new BatchRows(set.count, ranges);
  const source = pictureSource(set, dataSet.preprocessing, ranges);
  const folded = foldBatchNorm(architecture, weights);
  const pass = engine.compile(wholePass(architecture, [stage]));
  let shape: readonly number[] = [];
  try {
    await runBatches(engine, pass, folded, source, ranges, async (outputs, range) => {
      const value = outputs[stage]!;
      shape = [set.count, ...value.shape.slice(1)];
      rows.add(await value.read(), range);
    });
  } finally {
    await pass.dispose();
  }
  return { shape, data: rows.present };
}
