import { expect, test } from 'vitest';
import { liveCheck } from '../../../trainer/ship/live-check.ts';
import { answering, BROKEN, FOREIGN, fakeEdge } from './fake-edge.ts';

const picture = { height: 2, width: 2, pixels: new Uint8Array(12) };
const wanted = { picture, labelName: 'cat' };

test('waits for the version through broken answers and those of others', async () => {
  const replies = [BROKEN, FOREIGN, answering(1, 'dog'), answering(2, 'cat')];
  const { edge, asked } = await fakeEdge((nth) => replies[nth - 1]!);
  expect(await liveCheck(edge, 2, [wanted], 30_000)).toBeNull();
  expect(asked()).toBe(4);
});

test('says what the version answers instead', async () => {
  const { edge } = await fakeEdge(() => answering(2, 'dog'));
  expect(await liveCheck(edge, 2, [wanted], 30_000)).toMatch(/"dog".*"cat" is wanted/);
});

test('takes any label where none is wanted, of that version alone', async () => {
  const any = { picture, labelName: null };
  const { edge } = await fakeEdge(() => answering(2, 'dog'));
  expect(await liveCheck(edge, 2, [any], 30_000)).toBeNull();
  expect(await liveCheck(edge, 3, [any], 100)).toMatch(/did not answer by version 3/);
});
