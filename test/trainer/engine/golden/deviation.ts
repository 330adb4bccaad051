import type { Engine } from '../../../../trainer/engine/engine.ts';
import { PARTS } from './compute-golden.ts';
import { golden, goldenUnder } from './golden-vectors.ts';

/** What a part differs by at most, of the largest element of the tensor where it does. */
export interface Deviation {
  readonly worst: number;
  readonly where: string;
}

/** How far an engine is from the golden vectors of a part. @throws Error where a tensor is missing */
export async function deviation(engine: Engine, part: string): Promise<Deviation> {
  const outputs = await PARTS[part]!(engine);
  const expected = part === 'logits' ? new Map([['', golden('logits')]]) : goldenUnder(`${part}.`);
  const weights = goldenUnder('weights.');
  let found: Deviation = { worst: 0, where: '' };
  for (const [name, { data }] of expected) {
    const actual = outputs[name];
    if (actual?.length !== data.length) throw new Error(`${part} has no ${name}.`);
    // What a step or an edit changes is small beside the weights themselves.
    const before = part === 'step' || part === 'edit' ? weights.get(name)?.data : undefined;
    let [scale, most] = [1e-6, 0];
    for (const [index, value] of data.entries()) {
      scale = Math.max(scale, Math.abs(value - (before?.[index] ?? 0)));
      const gap = Math.abs(value - actual[index]!);
      most = Math.max(most, Number.isNaN(gap) ? Number.POSITIVE_INFINITY : gap);
    }
    if (most / scale > found.worst) found = { worst: most / scale, where: name };
  }
  return found;
}
