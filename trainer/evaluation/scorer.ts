import type { PictureSet } from '../data/picture-set.ts';
import type { EditedModel } from '../editor/edit-method.ts';

/** A set of pictures with what no edit changes computed once. */
export interface PreparedSet {
  readonly set: PictureSet;
  /** Of the network before any fix, [N,classes]. */
  readonly logits: Float32Array;
  /** What the last layer sees in the network before any fix, [N,F]. */
  readonly features: Float32Array;
  /** Removes what is kept of it, files included. */
  dispose(): Promise<void>;
}

/** Gives the answers of edited models on sets of pictures, computing again only what an edit changed. */
export interface Scorer {
  prepare(set: PictureSet): Promise<PreparedSet>;
  /**
   * The logits [N,classes] of every picture. Where an override answers, its label leads by far.
   */
  logits(prepared: PreparedSet, model: EditedModel): Promise<Float32Array>;
  dispose(): Promise<void>;
}
