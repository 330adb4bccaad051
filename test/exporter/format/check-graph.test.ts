import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CHECK_IMAGES, CHECK_TOLERANCE, checkGraph } from '../../../exporter/format/check-graph.ts';
import type { ExportedGraph } from '../../../exporter/format/exported-graph.ts';
import { withSession } from '../../../exporter/format/runtime/form-session.ts';
import type { GraphBuilder } from '../../../exporter/graph/graph-builder.ts';
import { exported, FEATURES, randomValues, SHAPE, smallClassifier } from '../small-classifier.ts';

const { form, logits } = smallClassifier();
const images = randomValues(CHECK_IMAGES * FEATURES, 7);
const renamed = (names: Partial<ExportedGraph>) => ({
  ...form,
  graph: { ...form.graph, ...names },
});
const reference = { count: CHECK_IMAGES, images, logits: logits(images, CHECK_IMAGES) };

const image = (builder: GraphBuilder) =>
  builder.input('image', ['N', 3, SHAPE.height, SHAPE.width]);
const weights = (builder: GraphBuilder) =>
  builder.initializer(randomValues(FEATURES * SHAPE.classes, 1), [FEATURES, SHAPE.classes]);

describe('a graph that computes what the engine does', () => {
  test('passes with its figures', async () => {
    const check = await checkGraph(form, SHAPE, reference);
    expect(check.images).toBe(CHECK_IMAGES);
    expect(check.maxDifference).toBeLessThan(1e-5);
  });

  test('is refused when it cannot be read', async () => {
    const { graph } = form;
    const truncated = { ...form, graph: { ...graph, bytes: graph.bytes.slice(0, 200) } };
    await expect(checkGraph(truncated, SHAPE, reference)).rejects.toMatchObject({
      name: 'ExportError',
      code: 'GRAPH_UNREADABLE',
      message: expect.stringContaining('200 bytes'),
    });
  });
});

describe('a graph that computes something else', () => {
  test('is refused with the image, the class and the figures', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(CHECK_IMAGES - 1),
        fc.nat(SHAPE.classes - 1),
        fc.constantFrom(CHECK_TOLERANCE * 1.5, -CHECK_TOLERANCE * 1.5, 5),
        async (row, column, change) => {
          const changed = reference.logits.slice();
          changed[row * SHAPE.classes + column]! += change;
          await expect(
            checkGraph(form, SHAPE, { ...reference, logits: changed }),
          ).rejects.toMatchObject({
            code: 'GRAPH_DIFFERS',
            message: expect.stringContaining(`image ${row} of 256, class ${column}:`),
          });
        },
      ),
      { numRuns: 15 },
    );
  });

  test('is refused when a logit is not a number', async () => {
    const changed = reference.logits.slice();
    changed[10] = Number.NaN;
    await expect(checkGraph(form, SHAPE, { ...reference, logits: changed })).rejects.toMatchObject({
      code: 'GRAPH_DIFFERS',
    });
  });

  test('is accepted within the tolerance that is asked for', async () => {
    const changed = reference.logits.slice();
    changed[10]! += 0.5;
    const check = await checkGraph(form, SHAPE, { ...reference, logits: changed }, 0.6);
    expect(check.maxDifference).toBeCloseTo(0.5, 4);
  });
});

describe('the batch dimension', () => {
  test('must not be fixed in the ports', async () => {
    const fixed = exported((builder) => {
      const input = builder.input('image', [64, 3, SHAPE.height, SHAPE.width]);
      const flat = builder.node('Flatten', [input], { axis: 1 });
      builder.output('logits', builder.node('MatMul', [flat, weights(builder)]), [64, 3]);
    });
    await expect(checkGraph(fixed, SHAPE, reference)).rejects.toMatchObject({
      code: 'GRAPH_PORTS',
      message: expect.stringContaining('[64,3,4,5]'),
    });
  });

  test('must not be fixed inside', async () => {
    const fixed = exported((builder) => {
      const groups = builder.node('Reshape', [image(builder), builder.int64([64, -1, FEATURES])]);
      const flat = builder.node('Reshape', [groups, builder.int64([-1, FEATURES])]);
      builder.output('logits', builder.node('MatMul', [flat, weights(builder)]), ['N', 3]);
    });
    await expect(checkGraph(fixed, SHAPE, reference)).rejects.toMatchObject({
      code: 'GRAPH_BATCH',
      message: expect.stringContaining('batch of 1'),
    });
  });

  test('must not mix the images of a batch', async () => {
    const mixing = exported((builder) => {
      const flat = builder.node('Flatten', [image(builder)], { axis: 1 });
      const mean = builder.node('ReduceMean', [flat], { axes: [0], keepdims: 1 });
      const centred = builder.node('Sub', [flat, mean]);
      builder.output('logits', builder.node('MatMul', [centred, weights(builder)]), ['N', 3]);
    });
    const own = await withSession(mixing, SHAPE, 'native', (session) =>
      session.logits(images, CHECK_IMAGES),
    );
    await expect(checkGraph(mixing, SHAPE, { ...reference, logits: own })).rejects.toMatchObject({
      code: 'GRAPH_BATCH',
    });
  });
});

describe('the ports', () => {
  test.each([
    ['another input name', renamed({ input: 'picture' }), SHAPE, '"picture"'],
    ['another output name', renamed({ output: 'scores' }), SHAPE, '"scores"'],
    ['another picture size', form, { ...SHAPE, height: 8 }, '[N,3,8,5]'],
    ['another number of classes', form, { ...SHAPE, classes: 4 }, '[N,4]'],
  ])('are refused with %s', async (_, other, shape, named) => {
    const values = shape.classes * CHECK_IMAGES;
    await expect(
      checkGraph(other, shape, { ...reference, logits: new Float32Array(values) }),
    ).rejects.toMatchObject({ code: 'GRAPH_PORTS', message: expect.stringContaining(named) });
  });

  test('are refused when there are more than one', async () => {
    const two = exported((builder) => {
      const flat = builder.node('Flatten', [image(builder)], { axis: 1 });
      const second = builder.input('second', [FEATURES, SHAPE.classes]);
      builder.output('logits', builder.node('MatMul', [flat, second]), ['N', 3]);
    });
    await expect(checkGraph(two, SHAPE, reference)).rejects.toMatchObject({
      code: 'GRAPH_PORTS',
      message: expect.stringContaining('"second"'),
    });
  });
});

test.each([
  [
    'too few images',
    { count: 2, images: images.slice(0, 2 * FEATURES), logits: new Float32Array(6) },
  ],
  ['too few logits', { ...reference, logits: reference.logits.slice(1) }],
  ['too few pixels', { ...reference, images: images.slice(1) }],
])('a reference with %s is refused', async (_, broken) => {
  await expect(checkGraph(form, SHAPE, broken)).rejects.toMatchObject({ code: 'REFERENCE_SHAPE' });
});
