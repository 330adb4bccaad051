import { STAGES, type Stage, stageOf } from '../network/architecture.ts';
import type { Weights } from '../network/weights.ts';
import { ScorerError } from './scorer-error.ts';

/**
 * The first stage, in the order a picture passes them, with a weight or a running statistic that is not
 * bit for bit the same in both networks; null where all are.
 * @throws ScorerError NETWORK_MISMATCH where they are not of one architecture
 */
export function firstChangedStage(base: Weights, edited: Weights): Stage | null {
  if (base.size !== edited.size) {
    throw mismatch(`it has ${edited.size} tensors instead of ${base.size}`);
  }
  let first: number = STAGES.length;
  for (const [name, { data }] of base) {
    const other = edited.get(name)?.data;
    if (other?.length !== data.length) {
      throw mismatch(`${name} has ${other?.length ?? 0} elements instead of ${data.length}`);
    }
    const stage = STAGES.indexOf(stageOf(name));
    if (stage < first && other !== data && bytesOf(other).compare(bytesOf(data)) !== 0) {
      first = stage;
    }
  }
  return STAGES[first] ?? null;
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function mismatch(what: string): ScorerError {
  return new ScorerError(
    'NETWORK_MISMATCH',
    `The edited network is not of the scorer's architecture: ${what}. Score edits of the network that the scorer was made with.`,
  );
}
