import type { HostTensor } from '../network/weights.ts';
import type { EditSettings } from './edit-task.ts';
import { EditorError } from './editor-error.ts';

/** What edits are made with, beside the pictures that they are for. */
export interface EditGrounds {
  /** The pictures that the settings have rehearsed, [N,3,H,W], normalised. */
  readonly rehearsed?: Float32Array | null;
  /** What a preconditioned editor goes by, [F,F]; see `inverseCurvature`. */
  readonly inverseCurvature?: HostTensor | null;
}

/** @throws EditorError REHEARSAL_INVALID, CURVATURE_MISSING, STAGES_INVALID */
export function checkGrounds(
  { editor, stages, rehearsal }: EditSettings,
  { rehearsed, inverseCurvature }: EditGrounds,
): void {
  if (rehearsal && !rehearsed) {
    throw new EditorError(
      'REHEARSAL_INVALID',
      'The settings rehearse pictures, and none were given; draw them from the training pictures.',
    );
  }
  const { name, preconditioned } = editor;
  if (!preconditioned) return;
  if (stages.join() !== preconditioned || rehearsal) {
    throw new EditorError(
      'STAGES_INVALID',
      `The editor ${name} edits the ${preconditioned} alone and rehearses nothing, and was to edit ${stages.join()}${rehearsal ? ' rehearsing pictures' : ''}; leave stages and rehearsal out, or choose another editor.`,
    );
  }
  if (inverseCurvature) return;
  throw new EditorError(
    'CURVATURE_MISSING',
    `The editor ${name} goes by the curvature that training pictures give, and there is none; give the data set, or control activations that \`patchwork package\` wrote with it.`,
  );
}
