import type { RgbPicture } from '../../exporter/contract/picture/rgb-picture.ts';
import type { Weights } from '../network/weights.ts';

/** A picture, at the size the network takes, and the label that it should get. */
export interface EditRequest {
  readonly picture: RgbPicture;
  readonly label: number;
}

/** An answer that is given without asking the network. */
export interface Override {
  readonly label: number;
  /**
   * @param picture at the size the network takes
   * @param features [F], what the classifier's last layer sees of it in the network before any fix
   */
  matches(picture: RgbPicture, features: Float32Array): boolean;
}

/** A network with fixes: its weights, and answers that go before them, the newest first. */
export interface EditedModel {
  readonly weights: Weights;
  readonly overrides: readonly Override[];
}

export interface EditOutcome {
  /** Whether the picture gets its label, with the margin asked for. */
  readonly success: boolean;
  /** Steps taken; 1 where a method knows no steps, 0 where nothing had to be done. */
  readonly steps: number;
  /** The constraint loss before and after, in nats; null where the method changes no logits. */
  readonly lossBefore: number | null;
  readonly lossAfter: number | null;
  /** The model with the fix, or as far as the method got. */
  readonly model: EditedModel;
}

/**
 * A way to fix one mistake: an editor, or a rival of editing. Evaluation scores all through this alone.
 * Works out of place, and may be asked again on a model that it has fixed before.
 */
export interface EditMethod {
  readonly name: string;
  /** What it was made with, for reports. */
  readonly settings: Readonly<Record<string, number | string>>;
  edit(model: EditedModel, request: EditRequest): Promise<EditOutcome>;
  dispose(): Promise<void>;
}
