import type { Editor } from '../editor/editor.ts';
import type { Stage } from '../network/architecture.ts';
import type { EditPolicy } from './edit-policy.ts';

/** What Editable Training adds to a training. */
export interface EditableOptions {
  readonly editor: Editor;
  /** Whether the editor's coefficients are learned along with the network, from where they are. */
  readonly learnCoefficients: boolean;
  /** Steps of the editor that are unrolled, k. */
  readonly steps: number;
  /** How far below 0 the constraint must go for the editor to stop, in nats. */
  readonly margin: number;
  /** The stages whose parameters an edit may change. */
  readonly stages: readonly Stage[];
  /** Whether derivatives take the gradients inside the editor for constants. */
  readonly firstOrder: boolean;
  /** Which edits are rehearsed. */
  readonly policy: EditPolicy;
  /** How many edits a batch; they divide it evenly. */
  readonly edits: number;
  /** Weight of the constraint after the edit, c_edit. */
  readonly editWeight: number;
  /** Weight of what the edit changes elsewhere, c_loc. */
  readonly localityWeight: number;
}

/** How networks are trained to be edited unless a command says otherwise. */
export const EDITABLE_DEFAULTS = {
  learnCoefficients: false,
  steps: 3,
  margin: 0.1,
  stages: ['layer3'],
  firstOrder: false,
  policy: 'random',
  edits: 1,
  editWeight: 0.01,
  localityWeight: 0.3,
} as const satisfies Omit<EditableOptions, 'editor'>;

/** The joint norm that Editable Training clips gradients to, as the authors' code does. */
export const EDITABLE_CLIP_NORM = 10;
