import type { Preprocessing } from '../../exporter/contract/manifest.ts';
import type { LabelledSet, PictureSet } from '../data/picture-set.ts';
import type { EditedModel } from '../editor/edit-method.ts';
import type { Architecture, Stage } from '../network/architecture.ts';
import type { Weights } from '../network/weights.ts';
import type { ActivationCache } from './activation-cache.ts';

/** A set of pictures with what no edit changes computed once. */
export interface PreparedSet<Labelled extends LabelledSet = PictureSet> {
  readonly set: Labelled;
  /** Of the network before any fix, [N,classes]. */
  readonly logits: Float32Array;
  /** What the last layer sees in the network before any fix, [N,F]. */
  readonly features: Float32Array;
  /** Removes what is kept of it, files included. */
  dispose(): Promise<void>;
}

/** Gives the answers of edited models on sets of pictures, computing again only what an edit changed. */
export interface Scorer {
  /**
   * @param transient whether the set is asked for once, so that no other process looks for it
   * @throws ScorerError SET_MISMATCH, STORE_UNUSABLE
   */
  prepare(set: PictureSet, transient?: boolean): Promise<PreparedSet>;
  /**
   * The logits [N,classes] of every picture, the same bits at every call. Where an override answers, its
   * label leads by far. One call at a time.
   * @throws ScorerError SET_FOREIGN, NETWORK_MISMATCH, STORE_UNUSABLE; ACTIVATIONS_INSUFFICIENT where the
   *   pictures are not there, and the model changed what comes before their activations or looks at pictures
   */
  logits(prepared: PreparedSet<LabelledSet>, model: EditedModel): Promise<Float32Array>;
  /** Disposes of the sets that it prepared as well. */
  dispose(): Promise<void>;
}

/** The network before any fix. */
export interface ScoredNetwork {
  readonly architecture: Architecture;
  readonly weights: Weights;
  readonly preprocessing: Preprocessing;
}

export interface ScorerOptions {
  /**
   * Stages before which activations are kept: those that the edits to come change first. An edit is
   * scored from the nearest at or before the first stage that it changed, else from the pictures.
   */
  readonly keepBefore: readonly Stage[];
  /** Bytes of activations that may lie in memory, 512 MiB unless said; the others lie in files. */
  readonly memoryBound?: number;
  /** Where sets are looked up and kept for other processes; their activations then lie in its files. */
  readonly cache?: ActivationCache;
}
