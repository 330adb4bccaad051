import { type Stage, stageOf } from '../network/architecture.ts';

/** The names of the parameters that an edit of `stages` may change: never a running statistic. */
export function editableNames(
  parameters: ReadonlyMap<string, unknown>,
  stages: readonly Stage[],
): string[] {
  return [...parameters.keys()].filter(
    (name) =>
      stages.includes(stageOf(name)) &&
      !name.includes('.running_') &&
      !name.endsWith('.num_batches_tracked'),
  );
}
