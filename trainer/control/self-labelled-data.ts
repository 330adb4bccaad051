import { fitPicture } from '../../exporter/contract/picture/preprocess.ts';
import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import { type DataSet, dataSet } from '../data/data-set.ts';
import { generateEmbedded } from '../data/embedded/embedded.ts';
import { type PictureSet, pictureAt } from '../data/picture-set.ts';
import type { Engine } from '../engine/engine.ts';
import { Classifier } from '../evaluation/classifier.ts';
import { topClasses } from '../evaluation/top-class.ts';

/** As many as conversions are calibrated with and checked on. */
const [TRAINING, TEST] = [64, 256];

/**
 * Generated pictures at the network's input size, each labelled by what the network answers: enough to see
 * whether a converted network answers as it does, not whether either is right.
 */
export async function selfLabelledData(engine: Engine, network: TrainedNetwork): Promise<DataSet> {
  const { preprocessing, labelNames } = network.dataSet;
  const { train, test } = generateEmbedded({ trainCount: TRAINING, testCount: TEST });
  const classifier = new Classifier(engine, network.architecture);
  const labelled = async (set: PictureSet, name: string): Promise<PictureSet> => {
    const { height, width } = preprocessing;
    const fitted = Array.from({ length: set.count }, (_, index) =>
      fitPicture(pictureAt(set, index), preprocessing),
    );
    const pixels = new Uint8Array(Buffer.concat(fitted));
    const { count } = set;
    const unlabelled = { name, height, width, labelNames, count, pixels, labels: set.labels };
    const logits = await classifier.logitsOfSet(network.weights, unlabelled, preprocessing);
    return { ...unlabelled, labels: topClasses(logits, labelNames.length) };
  };
  try {
    return dataSet(
      'generated',
      await labelled(train, 'generated-train'),
      await labelled(test, 'generated-test'),
      preprocessing,
    );
  } finally {
    await classifier.dispose();
  }
}
