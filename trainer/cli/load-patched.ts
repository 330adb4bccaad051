import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import { applyPatches, type Patch } from '../patch/patch.ts';
import { loadPatch } from '../patch/patch-file.ts';

/** Reads patch files in the order given. */
export async function loadPatches(files: readonly string[]): Promise<Patch[]> {
  const patches: Patch[] = [];
  for (const file of files) patches.push(await loadPatch(file));
  return patches;
}

/** A network with patches from files applied in order. */
export async function loadPatched(
  network: TrainedNetwork,
  files: readonly string[],
): Promise<TrainedNetwork> {
  return { ...network, weights: applyPatches(network.weights, await loadPatches(files)) };
}
