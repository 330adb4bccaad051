import { type Stage, stageOf } from '../network/architecture.ts';
import { EditorError } from './editor-error.ts';

/** How the names of all parameters of a network end, and of nothing else that travels with them. */
const PARAMETER = /\.(weight|bias)$/;

/**
 * The names of the parameters that an edit of `stages` may change: never a running statistic.
 * @throws EditorError STAGE_MISSING where the network has no parameters in one of the stages
 */
export function editableNames(
  parameters: ReadonlyMap<string, unknown>,
  stages: readonly Stage[],
): string[] {
  const names = [...parameters.keys()].filter(
    (name) => PARAMETER.test(name) && stages.includes(stageOf(name)),
  );
  const present = new Set(names.map(stageOf));
  const missing = stages.find((stage) => !present.has(stage));
  if (missing === undefined) return names;
  throw new EditorError(
    'STAGE_MISSING',
    `The network has no stage "${missing}" to edit; choose another, or train one with it by \`patchwork train --extra-block\`.`,
  );
}
