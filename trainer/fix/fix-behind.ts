import { applyPatches, type Patch, type PatchConstraint } from '../patch/patch.ts';
import type { Fixer } from './fixer.ts';
import { NearPictures } from './near-pictures.ts';

/**
 * Which of the fixes of a log gave a picture its label: the one since which the network has answered by it.
 * @param patches of the log, in order
 * @returns its id; null where the network answers by the label without any, or does not with all
 */
export async function fixBehind(
  { network, bench, seed }: Fixer,
  patches: readonly Patch[],
  constraint: PatchConstraint,
): Promise<string | null> {
  const near = await NearPictures.open(bench, [constraint], [], seed);
  try {
    for (let fixes = patches.length; fixes >= 0; fixes--) {
      const weights = applyPatches(network.weights, patches.slice(0, fixes));
      const [loss] = (await near.answers(weights)).losses;
      if (loss! >= 0) return patches[fixes]?.id ?? null;
    }
    return null;
  } finally {
    await near.dispose();
  }
}
