import { type Stage, stageOf } from '../network/architecture.ts';

/** How the names of all parameters of a network end, and of nothing else that travels with them. */
const PARAMETER = /\.(weight|bias)$/;

/** The names of the parameters that an edit of `stages` may change: never a running statistic. */
export function editableNames(
  parameters: ReadonlyMap<string, unknown>,
  stages: readonly Stage[],
): string[] {
  return [...parameters.keys()].filter(
    (name) => PARAMETER.test(name) && stages.includes(stageOf(name)),
  );
}
