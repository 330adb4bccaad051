import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  readCheckpointFile,
  writeCheckpointFile,
} from '../../../trainer/checkpoint/checkpoint-file.ts';

let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchwork-checkpoint-'));
  path = join(folder, 'deep', 'net.safetensors');
});
afterEach(() => rm(folder, { recursive: true }));

const SIZE = 6_000_000;

/** Lets a process write for ever, kills it `delay` ms after its first file, and returns the last value it had written. */
async function writeUntilKilled(first: number, delay: number): Promise<number> {
  const script = join(import.meta.dirname, 'endless-writer.ts');
  const child = spawn(process.execPath, [script, path, `${SIZE}`, `${first}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let written = first - 1;
  let pending = '';
  let timer: NodeJS.Timeout | undefined;
  child.stdout.on('data', (text) => {
    const lines = (pending + text).split('\n');
    pending = lines.pop()!;
    written = Math.max(written, ...lines.map(Number));
    timer ??= setTimeout(() => child.kill('SIGKILL'), delay);
  });
  await new Promise((resolve) => child.on('close', resolve));
  clearTimeout(timer);
  expect(child.signalCode).toBe('SIGKILL');
  return written;
}

describe('writeCheckpointFile', () => {
  it('leaves a whole file, the last or the one before, when its process is killed at any moment', async () => {
    let next = 1;
    let interrupted = 0;
    // Whether a kill meets a file half written is chance.
    for (let kill = 0; kill < 12 || (interrupted === 0 && kill < 60); kill++) {
      const written = await writeUntilKilled(next, (kill * 7) % 30);
      const bytes = await readFile(path);
      const value = bytes[0]!;
      expect(bytes.length).toBe(SIZE);
      expect(bytes.equals(Buffer.alloc(SIZE, value))).toBe(true);
      expect([written, written + 1]).toContain(value);
      const others = (await readdir(join(folder, 'deep'))).length - 1;
      expect(others).toBeLessThanOrEqual(1);
      interrupted += others;
      next = value + 1;
    }
    expect(interrupted).toBeGreaterThan(0);
    await writeCheckpointFile(path, Uint8Array.of(1));
    expect(await readdir(join(folder, 'deep'))).toEqual(['net.safetensors']);
  });

  it('lets writers of the same and of other files be', async () => {
    const other = join(folder, 'deep', 'other.safetensors');
    await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        writeCheckpointFile(i % 2 === 0 ? path : other, new Uint8Array(100_000).fill(i)),
      ),
    );
    const [a, b] = await Promise.all([readFile(path), readFile(other)]);
    expect(a.equals(Buffer.alloc(100_000, a[0]))).toBe(true);
    expect(b.equals(Buffer.alloc(100_000, b[0]))).toBe(true);
    expect((await readdir(join(folder, 'deep'))).length).toBe(2);
  });

  it('touches no file that it did not write', async () => {
    await mkdir(join(folder, 'deep'));
    const names = ['.net.safetensors.partial', '.net.safetensors.x.partial', 'net.safetensors.bak'];
    for (const name of names) await writeFile(join(folder, 'deep', name), name);
    await writeCheckpointFile(path, Uint8Array.of(1));
    expect((await readdir(join(folder, 'deep'))).sort()).toEqual(
      [...names, 'net.safetensors'].sort(),
    );
  });

  it('keeps the old file when the new one cannot be written', async () => {
    const occupied = join(folder, 'occupied');
    await mkdir(join(occupied, 'inside'), { recursive: true });
    await expect(writeCheckpointFile(occupied, Uint8Array.of(1))).rejects.toMatchObject({
      code: 'CHECKPOINT_UNWRITABLE',
      message: expect.stringContaining(occupied),
    });
    expect(await readdir(folder)).toEqual(['occupied']);
    expect(await readdir(occupied)).toEqual(['inside']);
  });
});

describe('readCheckpointFile', () => {
  it('tells a missing file from an unreadable one', async () => {
    await expect(readCheckpointFile(path)).rejects.toMatchObject({
      code: 'CHECKPOINT_MISSING',
      message: expect.stringContaining(path),
    });
    await expect(readCheckpointFile(folder)).rejects.toMatchObject({
      code: 'CHECKPOINT_UNREADABLE',
    });
  });
});
