import { afterEach, describe, expect, it } from 'vitest';
import { OrtInstance } from '../../../edge/runtime/instance.ts';
import { Session } from '../../../edge/runtime/session.ts';
import { goldenPixels } from '../../../exporter/contract/golden.ts';
import { normalise } from '../../../exporter/contract/picture/preprocess.ts';
import { HEAVY } from '../../edge-fixture/provided.ts';
import { fixtureVersion } from '../registry.ts';

const MEBIBYTE = 2 ** 20;
const signature = {
  input: 'image',
  output: 'logits',
  height: 32,
  width: 32,
  classes: 10,
  tensors: [],
};
const sessions: Session[] = [];

afterEach(() => {
  for (const session of sessions.splice(0)) session.release();
});

async function open(version: number, capMib: number, changes: Partial<typeof signature> = {}) {
  const instance = await OrtInstance.create(capMib * MEBIBYTE);
  const { graph } = fixtureVersion(version);
  const model = { pointer: instance.heap.allocate(graph.length), bytes: graph.length };
  instance.heap.bytesAt(model.pointer, model.bytes).set(graph);
  try {
    const session = Session.open(instance, model, { ...signature, ...changes });
    sessions.push(session);
    return { instance, session };
  } finally {
    instance.heap.free(model.pointer);
  }
}

/** The golden pictures of a version as a batch, repeated up to `count`. */
function goldenBatch(version: number, count: number) {
  const { manifest } = fixtureVersion(version);
  const { golden, forms } = manifest;
  const rows = Array.from({ length: count }, (_, index) => index % golden.length);
  const input = new Float32Array(count * 3 * 32 * 32);
  rows.forEach((row, index) => {
    input.set(normalise(goldenPixels(golden[row]!), manifest.preprocessing), index * 3 * 32 * 32);
  });
  return { input, expected: rows.flatMap((row) => forms[0]!.golden.logits[row]!) };
}

describe('session', () => {
  it.each([1, 2, 5])('gives the logits of onnxruntime in Node for a batch of %i', async (count) => {
    const { session } = await open(1, 64);
    const { input, expected } = goldenBatch(1, count);
    const logits = session.run(input, count);
    expect(logits).toHaveLength(expected.length);
    logits.forEach((logit, index) => {
      expect(logit).toBeCloseTo(expected[index]!, 3);
    });
  });

  it('gives logits that a later run does not change', async () => {
    const { session } = await open(1, 64);
    const { input } = goldenBatch(1, 2);
    const first = session.run(input, 2);
    const kept = first.slice();
    session.run(new Float32Array(input.length), 2);
    expect(first).toEqual(kept);
  });

  it('holds the heap over hundreds of runs and of sessions', async () => {
    const { instance, session } = await open(1, 64);
    const { input } = goldenBatch(1, 2);
    session.run(input, 2);
    const before = instance.heap.bytes;
    for (let run = 0; run < 300; run++) session.run(input, 2);
    const { graph } = fixtureVersion(2);
    for (let swap = 0; swap < 100; swap++) {
      const model = { pointer: instance.heap.allocate(graph.length), bytes: graph.length };
      instance.heap.bytesAt(model.pointer, model.bytes).set(graph);
      const other = Session.open(instance, model, signature);
      instance.heap.free(model.pointer);
      other.run(input, 2);
      other.release();
    }
    expect(instance.heap.bytes).toBe(before);
  });

  it.each([
    [{ input: 'picture' }, /takes and gives image .* says picture/],
    [{ output: 'scores' }, /logits .* says .*scores/],
    [{ height: 64 }, /\[N,3,32,32\].*\[N,3,64,32\]/],
    [{ classes: 11 }, /\[N,10\].*\[N,11\]/],
  ])('refuses a graph that is not %o', async (changes, reason) => {
    await expect(open(1, 64, changes)).rejects.toMatchObject({
      code: 'GRAPH_REFUSED',
      message: expect.stringMatching(reason),
    });
  });

  it('refuses an input that does not fit below the cap, and goes on', async () => {
    const { session, instance } = await open(1, 20);
    const count = 2000;
    expect(() => session.run(new Float32Array(count * 3 * 32 * 32), count)).toThrow(
      expect.objectContaining({ code: 'HEAP_FULL' }),
    );
    expect(instance.lost).toBe(false);
    const { input, expected } = goldenBatch(1, 1);
    expect(session.run(input, 1)[0]).toBeCloseTo(expected[0]!, 3);
    expect(instance.heap.bytes).toBeLessThanOrEqual(20 * MEBIBYTE);
  });

  it('is lost with its instance where onnxruntime runs out of memory', async () => {
    const { session, instance } = await open(HEAVY, 22);
    const { input } = goldenBatch(HEAVY, 8);
    expect(() => session.run(input, 8)).toThrow(expect.objectContaining({ code: 'INSTANCE_LOST' }));
    expect(instance.lost).toBe(true);
    expect(() => session.run(input.subarray(0, 3 * 32 * 32), 1)).toThrow(
      expect.objectContaining({ code: 'INSTANCE_GONE' }),
    );
    expect(() => session.release()).not.toThrow();
  });

  it('wants as many values as its pictures have', async () => {
    const { session } = await open(1, 64);
    expect(() => session.run(new Float32Array(3071), 1)).toThrow(TypeError);
    session.release();
    expect(() => session.run(new Float32Array(3072), 1)).toThrow(TypeError);
  });
});
