import type { Stage } from '../network/architecture.ts';
import type { HostTensor, Weights } from '../network/weights.ts';
import type { Editor } from './editor.ts';
import type { Rehearsal } from './rehearsal.ts';

/** How edits are made. */
export interface EditSettings {
  readonly editor: Editor;
  /** The stages whose parameters the edit may change. */
  readonly stages: readonly Stage[];
  /** The edit holds once the constraint loss is at most -margin, in nats, and below 0: no tie does. */
  readonly margin: number;
  /** How many steps it may take. */
  readonly maxSteps: number;
  /** Whether the answers to other pictures are rehearsed meanwhile. */
  readonly rehearsal?: Rehearsal | null;
  /**
   * The share of the views of a task that must have their labels before the edit stops, if the steps
   * suffice; views are left out without it.
   */
  readonly views?: number | null;
}

/** One picture with the label it should get. */
export interface LabelledImage {
  /** [3,H,W], normalised */
  readonly image: Float32Array;
  readonly label: number;
}

/** What an edit is for. */
export interface EditTask extends LabelledImage {
  readonly height: number;
  readonly width: number;
  /** Other pictures that must get their labels by the same edit. */
  readonly together?: readonly LabelledImage[];
  /** Changed views of the pictures, which the edit is to carry over to; see `EditSettings.views`. */
  readonly views?: readonly LabelledImage[];
  /**
   * What the first edited stage takes of `count` of the rehearsed pictures from `start` on, [count,H',W',C'],
   * in the network that is edited; computed without it.
   */
  readonly rehearsed?: ((start: number, count: number) => Promise<HostTensor>) | null;
}

export interface AppliedEdit {
  /** Whether the constraint holds, whatever became of views. */
  readonly success: boolean;
  readonly steps: number;
  /** The constraint loss l_e before and after, in nats; of several pictures the largest. */
  readonly lossBefore: number;
  readonly lossAfter: number;
  /** The parameters that changed. */
  readonly changed: Weights;
}
