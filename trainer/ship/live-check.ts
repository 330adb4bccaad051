import { setTimeout as delay } from 'node:timers/promises';
import type { RgbPicture } from '../../exporter/contract/picture/rgb-picture.ts';
import { encodePng } from '../data/picture-file.ts';
import type { Answer, EdgeClient } from './edge-client.ts';
import { ShipError } from './ship-error.ts';

const POLL = 50;
/** Answers of another version after which the edge is asked how its swap goes. */
const ASK_AFTER = 20;

/** A picture that an edge is asked about. */
export interface LivePicture {
  readonly picture: RgbPicture;
  /** What it must answer; null where any label will do. */
  readonly labelName: string | null;
}

/**
 * Waits until the edge answers by `version`, and sees to it that every picture gets its label.
 * @param pictures one at least, or nothing is asked
 * @param patience how long the edge may take to answer by it, in milliseconds
 * @returns why the version is not live, or null where it is
 */
export async function liveCheck(
  edge: EdgeClient,
  version: number,
  pictures: readonly LivePicture[],
  patience: number,
): Promise<string | null> {
  const deadline = Date.now() + patience;
  for (const { picture, labelName } of pictures) {
    const answer = await answerOf(edge, version, encodePng(picture), deadline);
    if (typeof answer === 'string') return answer;
    const { label } = answer.predictions[0]!;
    if (labelName !== null && label !== labelName) {
      return `version ${version} answers "${label}" at ${edge.address} where "${labelName}" is wanted`;
    }
  }
  return null;
}

/** The answer of `version`, or why there is none. */
async function answerOf(
  edge: EdgeClient,
  version: number,
  file: Uint8Array,
  deadline: number,
): Promise<Answer | string> {
  let last = '';
  for (let asked = 1; ; asked++) {
    try {
      const answer = await edge.classify(file);
      if (answer.version === version) return answer;
      if (answer.version > version) return `version ${answer.version} answers already`;
      last = `version ${answer.version} answers instead`;
      if (asked % ASK_AFTER === 0) {
        const { state, version: swapped, code, reason } = await edge.swap();
        if (state === 'failed' && swapped === version)
          return `the edge refuses it: ${code}, ${reason}`;
      }
    } catch (error) {
      if (!(error instanceof ShipError)) throw error;
      last = error.message;
    }
    if (Date.now() >= deadline) {
      return `${edge.address} did not answer by version ${version} in time; ${last}`;
    }
    await delay(POLL);
  }
}
