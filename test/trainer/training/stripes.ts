import { type DataSet, dataSet } from '../../../trainer/data/data-set.ts';
import type { PictureSet } from '../../../trainer/data/picture-set.ts';
import { randomFor } from '../../../trainer/data/random.ts';

const LABELS = ['rows', 'columns', 'flat'] as const;

/** Noisy pictures of three classes that shifting and mirroring keep apart: stripes of either kind, or none. */
export function stripes({
  train = 48,
  test = 24,
  side = 12,
  seed = 1,
}: {
  train?: number;
  test?: number;
  side?: number;
  seed?: number;
} = {}): DataSet {
  const channels = { mean: [0.5, 0.45, 0.4], std: [0.25, 0.3, 0.2] } as const;
  return dataSet('stripes', part('train', train, side, seed), part('test', test, side, seed), {
    mean: [...channels.mean],
    std: [...channels.std],
  });
}

function part(name: string, count: number, side: number, seed: number): PictureSet {
  const random = randomFor(seed, name);
  const labels = Uint8Array.from({ length: count }, (_, picture) => picture % LABELS.length);
  const pixels = new Uint8Array(count * side * side * 3);
  let position = 0;
  for (const label of labels) {
    const contrast = 30 + random.integer(60);
    for (let row = 0; row < side; row++) {
      for (let column = 0; column < side; column++) {
        const along = label === 0 ? row : label === 1 ? column : 0;
        const light = 120 + (along % 4 < 2 ? contrast : -contrast);
        for (let channel = 0; channel < 3; channel++) {
          pixels[position++] = light + random.integer(40) - 20;
        }
      }
    }
  }
  return {
    name: `stripes-${name}`,
    height: side,
    width: side,
    labelNames: LABELS,
    count,
    labels,
    pixels,
  };
}
