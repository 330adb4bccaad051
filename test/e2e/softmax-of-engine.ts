import { fitPicture, normalise } from '../../exporter/contract/picture/preprocess.ts';
import type { RgbPicture } from '../../exporter/contract/picture/rgb-picture.ts';
import type { TrainedNetwork } from '../../trainer/checkpoint/checkpoint.ts';
import { createOnnxEngine } from '../../trainer/engine/onnx/onnx-engine.ts';
import { Classifier } from '../../trainer/evaluation/classifier.ts';

/** The probability of each label as the trainer's engine has it, one row a picture. */
export async function softmaxOfEngine(
  { architecture, weights, dataSet }: TrainedNetwork,
  pictures: readonly RgbPicture[],
): Promise<Record<string, number>[]> {
  const classifier = new Classifier(createOnnxEngine(), architecture);
  const rows: Record<string, number>[] = [];
  for (const picture of pictures) {
    const image = normalise(fitPicture(picture, dataSet.preprocessing), dataSet.preprocessing);
    const logits = await classifier.logits(weights, image, dataSet.preprocessing);
    const powers = Array.from(logits, (logit) => Math.exp(logit - Math.max(...logits)));
    const sum = powers.reduce((total, power) => total + power);
    rows.push(
      Object.fromEntries(dataSet.labelNames.map((name, index) => [name, powers[index]! / sum])),
    );
  }
  await classifier.dispose();
  return rows;
}
