import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { measurePeer } from '../../../trainer/benchmark/peer.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(os.tmpdir(), 'peer-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function peer(script: string) {
  const file = join(folder, 'peer.cjs');
  await writeFile(file, script);
  return measurePeer(process.execPath, file);
}

test('takes the best of what a peer prints, among other lines', async () => {
  const lines = [
    '{"figure": "train", "images_per_s": 69.5, "layout": "contiguous"}',
    'a line of another kind',
    '{"figure": "train", "images_per_s": 100.25}',
    '{"figure": "eval_forward", "images_per_s": 353}',
    '{"figure": "something else", "images_per_s": 1}',
  ];
  expect(await peer(lines.map((line) => `console.log(${JSON.stringify(line)});`).join(''))).toEqual(
    {
      train: 100.25,
      'evaluation forward': 353,
    },
  );
});

test('fails with what the peer complains of', async () => {
  await expect(peer('console.error("No module named torch"); process.exit(3)')).rejects.toThrow(
    /exit code 3: No module named torch/,
  );
  await expect(measurePeer(join(folder, 'no-python'), 'x')).rejects.toThrow(/ENOENT/);
});
