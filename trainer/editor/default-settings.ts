import type { Editing } from '../checkpoint/checkpoint-metadata.ts';
import type { EditSettings } from './edit-task.ts';
import { createEditor } from './editors.ts';
import { preconditionedGradient } from './preconditioned-gradient.ts';

/** How edits are made of a network that was not trained to be edited. */
export const EDIT_DEFAULTS = {
  editor: 'gradient-descent',
  stages: ['layer3'],
  margin: 0.1,
  maxSteps: 10,
} as const;

/**
 * How edits are made unless a command says otherwise: as the network was trained to be edited, though
 * with more steps than training unrolls.
 * @throws EditorError where a checkpoint names an editor or a coefficient that there is not
 */
export function defaultSettings(editing: Editing | undefined): EditSettings {
  const { editor, stages, margin, maxSteps } = EDIT_DEFAULTS;
  if (!editing) return { editor: createEditor(editor), stages, margin, maxSteps, rehearsal: null };
  return {
    editor: createEditor(editing.editor, editing.coefficients),
    stages: editing.stages,
    margin: editing.margin,
    maxSteps: Math.max(maxSteps, editing.steps),
    rehearsal: null,
  };
}

/** How preconditioned edits are made, in other respects as usual. */
export function preconditionedSettings(editing: Editing | undefined): EditSettings {
  const editor = preconditionedGradient();
  return { ...defaultSettings(editing), editor, stages: [editor.preconditioned] };
}
