import type { Architecture } from '../network/architecture.ts';
import type { Weights } from '../network/weights.ts';

/** What a file of another program says of a network: all but its labels and its preprocessing. */
export interface ImportedNetwork {
  readonly architecture: Architecture;
  readonly weights: Weights;
  /** The height and width that its input is bound to, null where it is not. */
  readonly size: readonly [number, number] | null;
}
