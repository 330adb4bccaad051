import type { LoadedVersion } from './loaded-version.ts';
import type { ModelInput } from './model-input.ts';

/** A version, and what it made of some pictures. */
export interface Verdict {
  readonly version: LoadedVersion;
  readonly logits: readonly Float32Array[];
}

/**
 * How many of the pictures two versions answer with different labels. Pictures that the candidate was
 * made to answer otherwise, those of its fixes, are no disagreement.
 */
export function countDisagreements(
  pictures: readonly ModelInput[],
  candidate: Verdict,
  other: Verdict,
): number {
  return pictures.filter(
    (picture, index) =>
      topLabel(candidate, index) !== topLabel(other, index) && !candidate.version.isGolden(picture),
  ).length;
}

function topLabel({ version, logits }: Verdict, index: number): string | undefined {
  const row = logits[index] ?? new Float32Array();
  return version.stored.manifest.labels[row.indexOf(Math.max(...row))];
}
