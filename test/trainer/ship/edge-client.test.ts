import { expect, test } from 'vitest';
import { answering, BROKEN, FOREIGN, fakeEdge, json, type Reply } from './fake-edge.ts';

const PICTURE = new Uint8Array(8);

test('an answer is taken as the edge gives it', async () => {
  const { edge } = await fakeEdge(() => answering(2, 'cat'));
  expect(await edge.classify(PICTURE)).toEqual({
    version: 2,
    predictions: [{ label: 'cat', probability: 0.9 }],
  });
});

test.each<[string, Reply]>([
  ['that ends before it is whole', BROKEN],
  ['of something else that listens there', FOREIGN],
  ['without a prediction', json({ version: 2, predictions: [] })],
])('an answer %s is refused like one that never came', async (_, reply) => {
  const { edge } = await fakeEdge(() => reply);
  const refused = { name: 'ShipError', code: 'EDGE_REFUSED' };
  await expect(edge.classify(PICTURE)).rejects.toMatchObject(refused);
  await expect(edge.swap()).rejects.toMatchObject(refused);
  await expect(edge.openReports()).rejects.toMatchObject(refused);
});

test('a problem is refused in its own words', async () => {
  const { edge } = await fakeEdge(() => (response) => {
    response.statusCode = 413;
    json({ code: 'PICTURE_TOO_LARGE', detail: 'too many pixels' })(response);
  });
  await expect(edge.classify(PICTURE)).rejects.toMatchObject({
    code: 'EDGE_REFUSED',
    message: expect.stringMatching(/413 PICTURE_TOO_LARGE: too many pixels/),
  });
});

test('reports are read page by page', async () => {
  const report = (id: string) => ({ id, label: 'cat', receivedAt: '2026-01-02T03:04:05.000Z' });
  const { edge } = await fakeEdge((asked) =>
    asked === 1
      ? json({ reports: [report('a'), report('b')], next: 'b' })
      : json({ reports: [report('c')], next: null }),
  );
  expect((await edge.openReports()).map(({ id }) => id)).toEqual(['a', 'b', 'c']);
});
