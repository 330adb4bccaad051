import { fitPicture, normalise } from '../../../exporter/contract/picture/preprocess.ts';
import type { RgbPicture } from '../../../exporter/contract/picture/rgb-picture.ts';
import type { TrainedNetwork } from '../../checkpoint/checkpoint.ts';
import type { Engine } from '../../engine/engine.ts';
import { Classifier } from '../../evaluation/classifier.ts';
import { topClasses } from '../../evaluation/top-class.ts';
import { labelIndex } from '../../patch/make-patch.ts';
import { applyPatches, type Patch } from '../../patch/patch.ts';
import { FixError } from '../fix-error.ts';

/** The fix behind which a picture is answered wrongly. */
export interface Culprit {
  readonly patch: Patch;
  /** From 1. */
  readonly position: number;
  readonly label: string;
  readonly answer: string;
  /** Networks that were asked. */
  readonly asked: number;
}

/**
 * The place where something goes from good to bad, by halving: as `git bisect` does, it takes for granted
 * that it went once.
 * @param good a place known to be good
 * @param bad a later place known to be bad
 * @returns the first bad place
 */
export async function firstBad(
  good: number,
  bad: number,
  isGood: (place: number) => Promise<boolean>,
): Promise<number> {
  let [from, to] = [good, bad];
  while (to - from > 1) {
    const middle = Math.floor((from + to) / 2);
    if (await isGood(middle)) from = middle;
    else to = middle;
  }
  return to;
}

/**
 * Which fix broke a picture: the first behind which the answer before any fix is lost, or, where a fix gave it
 * its label, the last behind which that is lost.
 * @param labelName the right label; without it, what the network said before any fix
 * @throws FixError NOTHING_BROKE, PatchError LABEL_UNKNOWN
 */
export async function bisectFixes(
  engine: Engine,
  network: TrainedNetwork,
  patches: readonly Patch[],
  picture: RgbPicture,
  labelName?: string,
): Promise<Culprit> {
  const { preprocessing, labelNames } = network.dataSet;
  const image = normalise(fitPicture(picture, preprocessing), preprocessing);
  const classifier = new Classifier(engine, network.architecture);
  let asked = 0;
  const answerAfter = async (fixes: number): Promise<number> => {
    asked++;
    const weights = applyPatches(network.weights, patches.slice(0, fixes));
    const logits = await classifier.logits(weights, image, preprocessing);
    return topClasses(logits, labelNames.length)[0]!;
  };
  try {
    const first = await answerAfter(0);
    const label = labelName === undefined ? first : labelIndex(labelNames, labelName);
    const last = await answerAfter(patches.length);
    const wanted = labelNames[label]!;
    if (last === label) throw nothing(`the network with all fixes says "${wanted}"`);
    const isGood = async (fixes: number) => (await answerAfter(fixes)) === label;
    const position =
      first === label
        ? await firstBad(0, patches.length, isGood)
        : await behindLastGood(patches.length, isGood);
    if (position === null) {
      throw nothing(
        `the network says "${labelNames[first]}" instead of "${wanted}" without any fix, and none gave it that label`,
      );
    }
    const answer = labelNames[await answerAfter(position)]!;
    return { patch: patches[position - 1]!, position, label: wanted, answer, asked };
  } finally {
    await classifier.dispose();
  }
}

/** Goes back from the newest, since what was mended and lost again went more than once. @returns null where it was never good */
async function behindLastGood(
  bad: number,
  isGood: (place: number) => Promise<boolean>,
): Promise<number | null> {
  for (let place = bad - 1; place > 0; place--) if (await isGood(place)) return place + 1;
  return null;
}

function nothing(why: string): FixError {
  return new FixError('NOTHING_BROKE', `No fix broke the picture: ${why}.`);
}
