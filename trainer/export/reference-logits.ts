/** Images whose logits are wanted, and those that are known already. */
export interface Asked {
  /** [count,3,H,W] */
  readonly images: Float32Array;
  readonly count: number;
  /** Of image `index`, [classes]; undefined where nobody knows. */
  readonly known?: (index: number) => Float32Array | undefined;
}

/**
 * The logits [count,classes] of several sets of images, all those that are not known in one pass.
 * @param classify gives the logits of images
 */
export async function referenceLogits(
  sets: readonly Asked[],
  classes: number,
  classify: (images: Float32Array) => Promise<Float32Array>,
): Promise<Float32Array[]> {
  const logits = sets.map(({ count }) => new Float32Array(count * classes));
  const images: Float32Array[] = [];
  const wanted: Float32Array[] = [];
  for (const [place, set] of sets.entries()) {
    const size = set.images.length / set.count;
    for (let index = 0; index < set.count; index++) {
      const row = logits[place]!.subarray(index * classes, (index + 1) * classes);
      const known = set.known?.(index);
      if (known) {
        row.set(known);
        continue;
      }
      wanted.push(row);
      images.push(set.images.subarray(index * size, (index + 1) * size));
    }
  }
  if (images.length === 0) return logits;
  const joined = new Float32Array(images.length * images[0]!.length);
  for (const [index, image] of images.entries()) joined.set(image, index * image.length);
  const found = await classify(joined);
  for (const [index, row] of wanted.entries()) {
    row.set(found.subarray(index * classes, (index + 1) * classes));
  }
  return logits;
}
