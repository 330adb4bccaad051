import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { withLog } from '../../../../trainer/fix/log/log-writer.ts';
import { PatchLog } from '../../../../trainer/fix/log/patch-log.ts';
import { undoFix } from '../../../../trainer/fix/log/undo.ts';
import { type Weights, weightsDigest } from '../../../../trainer/network/weights.ts';
import { BASE } from '../../patch/hand-made-patch.ts';
import { handMadeFix } from './hand-made-fix.ts';

const lock = { patience: 0 };
const base = { weights: weightsDigest(BASE), checkpoint: 'model.safetensors' };
const authorship = { author: 'Ada', at: '2026-01-02T03:04:05.000Z' };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchwork-log-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function append(bias: readonly [number, number], patience = 0): Promise<string> {
  return withLog(folder, { patience }, async (writer) => {
    const weights = await writer.log.apply(BASE);
    const fix = handMadeFix(weights, bias, writer.log.entries.at(-1)?.id ?? null);
    await writer.append(fix, base);
    return fix.patch.id;
  });
}

const networkOf = async (): Promise<Weights> => (await PatchLog.read(folder)).apply(BASE);

describe('a log', () => {
  test('that was never written is empty', async () => {
    const log = await PatchLog.read(join(folder, 'none'));
    expect(log.entries).toEqual([]);
    expect(await log.apply(BASE)).toEqual(BASE);
  });

  test('gives fixes back as they were put in, in order, with their records', async () => {
    const ids = [await append([1, 2]), await append([3, 4])];
    const log = await PatchLog.read(folder);
    expect(log.entries.map(({ id }) => id)).toEqual(ids);
    const expected = handMadeFix(BASE, [1, 2]);
    expect(await log.patch(ids[0]!)).toEqual(expected.patch);
    expect(await log.record(ids[0]!)).toEqual(expected.record);
    expect((await log.record(ids[1]!)).parent).toBe(ids[0]);
    expect((await networkOf()).get('fc.bias')!.data).toEqual(Float32Array.of(3, 4));
  });

  test('finds a fix by how its id begins', async () => {
    const id = await append([1, 2]);
    const log = await PatchLog.read(folder);
    expect(log.entry(id.slice(0, 5)).id).toBe(id);
    expect(() => log.entry('zz')).toThrow(expect.objectContaining({ code: 'ENTRY_UNKNOWN' }));
  });

  test('undoes the newest fix to the very bytes before it, without a fixer', async () => {
    await append([0.1, 0.2]);
    const before = weightsDigest(await networkOf());
    const id = await append([0.3, 0.4]);
    expect(weightsDigest(await networkOf())).not.toBe(before);
    const openFixer = () => Promise.reject(new Error('needs no fixer'));
    await withLog(folder, lock, (writer) =>
      undoFix(writer, id, openFixer, { ...authorship, force: false }),
    );
    expect(weightsDigest(await networkOf())).toBe(before);
    const log = await PatchLog.read(folder);
    expect(log.state!.removed).toEqual([{ id, why: 'undone', ...authorship }]);
  });

  test('remembers where a fix stands with the edge', async () => {
    const [first, second] = [await append([1, 2]), await append([3, 4])];
    const shipping = { state: 'live', model: 'resnet18', version: 2, at: authorship.at } as const;
    await withLog(folder, lock, (writer) => writer.setShipping([first], shipping));
    const { entries } = await PatchLog.read(folder);
    expect(entries).toEqual([
      { id: first, shipping },
      { id: second, shipping: { state: 'none' } },
    ]);
  });

  test('belongs to one network', async () => {
    await append([1, 2]);
    const other = new Map([...BASE, ['fc.bias', { shape: [2], data: Float32Array.of(9, 9) }]]);
    await expect((await PatchLog.read(folder)).apply(other)).rejects.toMatchObject({
      code: 'BASE_CHANGED',
      message: expect.stringMatching(/patchwork rebase/),
    });
  });

  test('that was emptied takes the fixes of another network', async () => {
    const id = await append([1, 2]);
    const needless = () => Promise.reject(new Error('needs no fixer'));
    await withLog(folder, lock, (writer) =>
      undoFix(writer, id, needless, { ...authorship, force: false }),
    );
    const other = new Map([...BASE, ['fc.bias', { shape: [2], data: Float32Array.of(9, 9) }]]);
    const otherBase = { weights: weightsDigest(other), checkpoint: 'retrained.safetensors' };
    await withLog(folder, lock, async (writer) => {
      await writer.append(handMadeFix(await writer.log.apply(other), [3, 4]), otherBase);
    });
    const log = await PatchLog.read(folder);
    expect(log.state).toMatchObject({ base: otherBase, removed: [{ id }] });
    await expect(log.apply(BASE)).rejects.toMatchObject({ code: 'BASE_CHANGED' });
  });

  test('that is damaged says where', async () => {
    await append([1, 2]);
    await truncate(join(folder, 'log.json'), 20);
    await expect(PatchLog.read(folder)).rejects.toMatchObject({
      code: 'LOG_DAMAGED',
      message: expect.stringContaining('log.json'),
    });
  });
});

describe('two writers', () => {
  test('in one process: the second is refused while the first writes, and gets its turn then', async () => {
    await withLog(folder, lock, async () => {
      await expect(append([1, 2])).rejects.toMatchObject({
        code: 'LOG_LOCKED',
        message: expect.stringContaining(`Process ${process.pid}`),
      });
    });
    await append([1, 2]);
    expect((await readdir(folder)).sort()).toEqual(['log.json', 'objects']);
  });

  test('at once: every fix of both is in the log', async () => {
    const patient = { patience: 60_000 };
    const write = (from: number) =>
      Promise.all(
        [0, 1, 2].map((index) =>
          withLog(folder, patient, async (writer) => {
            const weights = await writer.log.apply(BASE);
            await writer.append(handMadeFix(weights, [from + index, 0]), base);
          }),
        ),
      );
    await Promise.all([write(10), write(20)]);
    const patches = await (await PatchLog.read(folder)).patches();
    const biases = patches.map(({ changed }) => changed.get('fc.bias')!.data[0]);
    expect(biases.sort()).toEqual([10, 11, 12, 20, 21, 22]);
  });

  test('the lock of a process that is gone is taken over, by one of those who want it', async () => {
    const dead = { pid: 2 ** 22 + 1, began: '1', token: 'dead' };
    for (const name of ['lock', 'lock.dead']) {
      await writeFile(join(folder, name), JSON.stringify(dead));
    }
    let inside = 0;
    await Promise.all(
      [1, 2, 3, 4].map(() =>
        withLog(folder, { patience: 60_000 }, async () => {
          expect(++inside).toBe(1);
          await delay(20);
          inside--;
        }),
      ),
    );
    expect((await readdir(folder)).filter((name) => name.startsWith('lock'))).toEqual([]);
  });

  test.skipIf(process.platform !== 'linux')(
    'the lock of a process that was killed and that nobody has buried is taken over',
    async () => {
      const script = join(import.meta.dirname, 'append-endlessly.ts');
      // The shell becomes a program that asks no child how it ended.
      const parent = spawn(
        'sh',
        ['-c', '"$0" "$@" & exec sleep 600', process.execPath, script, folder],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      await new Promise((resolve) => parent.stdout.once('data', resolve));
      onTestFinished(() => void parent.kill('SIGKILL'));
      const owner = async (): Promise<number | undefined> =>
        JSON.parse(await readFile(join(folder, 'lock'), 'utf8').catch(() => '{}')).pid;
      let pid = await owner();
      while (pid === undefined) pid = await owner();
      process.kill(pid, 'SIGKILL');
      // It may take a moment to die.
      const id = await append([77, 77], 4_000);
      expect((await PatchLog.read(folder)).entries.at(-1)!.id).toBe(id);
    },
  );

  test('a lock that cannot be read, as after a power cut, is taken over', async () => {
    await writeFile(join(folder, 'lock'), '');
    await append([1, 2]);
    expect((await PatchLog.read(folder)).entries).toHaveLength(1);
    expect((await readdir(folder)).sort()).toEqual(['log.json', 'objects']);
  });

  test('a lock whose process number is another process now is taken over', async () => {
    const reused = { pid: process.pid, began: '1', token: 'reused' };
    await writeFile(join(folder, 'lock'), JSON.stringify(reused));
    await append([1, 2]);
    expect((await PatchLog.read(folder)).entries).toHaveLength(1);
  });
});

test('kill -9 at any moment leaves a whole log, which the next writer goes on with', async () => {
  let before = 0;
  for (const wait of [0, 3, 11, 29]) {
    const writer = spawn(
      process.execPath,
      [join(import.meta.dirname, 'append-endlessly.ts'), folder],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    // Killed a little after its first fix, wherever it then is.
    await new Promise<void>((resolve) => {
      writer.stdout.on('data', (text: Buffer) => {
        if (text.includes('.')) resolve();
      });
    });
    await delay(wait);
    const ended = new Promise((resolve) => writer.once('exit', resolve));
    writer.kill('SIGKILL');
    await ended;
    const log = await PatchLog.read(folder);
    expect(log.entries.length).toBeGreaterThan(before);
    before = log.entries.length;
    // Every patch is whole, fits onto the one before, and has its record.
    const records = await log.records();
    expect(weightsDigest(await log.apply(BASE))).toBe(records.at(-1)!.weights);
  }
  await append([77, 77]);
  const after = await PatchLog.read(folder);
  expect(after.entries).toHaveLength(before + 1);
  expect(JSON.parse(await readFile(join(folder, 'log.json'), 'utf8')).entries).toHaveLength(
    before + 1,
  );
});
