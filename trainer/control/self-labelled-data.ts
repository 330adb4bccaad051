import { fitPicture } from '../../exporter/contract/picture/preprocess.ts';
import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import { type DataSet, dataSet } from '../data/data-set.ts';
import { generateEmbedded } from '../data/embedded/embedded.ts';
import { type PictureSet, pictureAt, subset } from '../data/picture-set.ts';
import type { Engine } from '../engine/engine.ts';
import { Classifier } from '../evaluation/classifier.ts';
import { topTwoGaps } from '../evaluation/control/boundary-control.ts';
import { topClasses } from '../evaluation/top-class.ts';

/** As many as conversions are calibrated with and checked on. */
const [TRAINING, TEST] = [64, 256];
/** Pictures to check on are chosen from so many times as many. */
const POOL = 2;

/**
 * Generated pictures at the network's input size, each labelled by what the network answers: enough to see
 * whether a converted network answers as it does, not whether either is right. To check on, the half is taken
 * that the network decides by most: such pictures are not what it was trained for, and it is near a tie on more
 * of them than on its own.
 */
export async function selfLabelledData(engine: Engine, network: TrainedNetwork): Promise<DataSet> {
  const { preprocessing, labelNames } = network.dataSet;
  const { train, test } = generateEmbedded({ trainCount: TRAINING, testCount: POOL * TEST });
  const classifier = new Classifier(engine, network.architecture);
  const answers = async (set: PictureSet, name: string) => {
    const { height, width } = preprocessing;
    const fitted = Array.from({ length: set.count }, (_, index) =>
      fitPicture(pictureAt(set, index), preprocessing),
    );
    const pixels = new Uint8Array(Buffer.concat(fitted));
    const { count } = set;
    const unlabelled = { name, height, width, labelNames, count, pixels, labels: set.labels };
    const logits = await classifier.logitsOfSet(network.weights, unlabelled, preprocessing);
    const labels = topClasses(logits, labelNames.length);
    return { set: { ...unlabelled, labels }, gaps: topTwoGaps(logits, labelNames.length) };
  };
  try {
    const training = await answers(train, 'generated-train');
    const { set, gaps } = await answers(test, 'generated-test');
    const decided = Uint32Array.from(gaps.keys()).sort((a, b) => gaps[b]! - gaps[a]! || a - b);
    const checked = subset(set, decided.subarray(0, TEST).sort());
    return dataSet('generated', training.set, checked, preprocessing);
  } finally {
    await classifier.dispose();
  }
}
