import type { EditMethod } from '../editor/edit-method.ts';
import { EditorMethod, type EditorMethodOptions } from '../editor/editor-method.ts';
import { gradientDescent } from '../editor/gradient-descent.ts';

export interface LastLayerSettings {
  readonly rate: number;
  readonly maxSteps: number;
}

export const LAST_LAYER_DEFAULTS: LastLayerSettings = { rate: 1e-3, maxSteps: 200 };

/** Gradient descent on the classifier alone, `fc`, until the constraint holds: an editor of one layer. */
export function lastLayer(
  options: Omit<EditorMethodOptions, 'settings' | 'grounds'>,
  margin: number,
  { rate, maxSteps }: LastLayerSettings = LAST_LAYER_DEFAULTS,
): EditMethod {
  const settings = { editor: gradientDescent(rate), stages: ['head'], margin, maxSteps } as const;
  const method = new EditorMethod({ ...options, settings });
  return {
    name: 'last-layer',
    settings: method.settings,
    edit: (model, request) => method.edit(model, request),
    dispose: () => method.dispose(),
  };
}
