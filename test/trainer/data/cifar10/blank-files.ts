import { mkdir, open, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export const recordFiles = [
  'data_batch_1.bin',
  'data_batch_2.bin',
  'data_batch_3.bin',
  'data_batch_4.bin',
  'data_batch_5.bin',
  'test_batch.bin',
];

/** Six files of the official length in `folder`: black pictures, all labelled 0. Sparse, so that they cost little. */
export async function writeBlankFiles(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of recordFiles) {
    await writeFile(join(folder, name), '');
    await truncate(join(folder, name), 30_730_000);
  }
}

/** Overwrites bytes of a file from `offset` on. */
export async function patchFile(path: string, offset: number, bytes: number[]): Promise<void> {
  const file = await open(path, 'r+');
  await file.write(Uint8Array.from(bytes), 0, bytes.length, offset);
  await file.close();
}
