/** Seeded numbers in [0, 1), by the minimal standard generator of Park and Miller. */
export function random(seed: number): () => number {
  let state = (seed % 2147483646) + 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}
