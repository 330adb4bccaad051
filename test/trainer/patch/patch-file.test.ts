import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeSafetensors, encodeSafetensors } from '../../../trainer/checkpoint/safetensors.ts';
import { loadPatch, savePatch } from '../../../trainer/patch/patch-file.ts';
import { BASE, handMadePatch } from './hand-made-patch.ts';

const patch = handMadePatch(BASE, [0.3, 0.4]);

let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchwork-patch-'));
  path = join(folder, 'patches', 'fix.safetensors');
});
afterEach(() => rm(folder, { recursive: true }));

describe('a patch file', () => {
  test('is read back as it was written, to the last bit', async () => {
    await savePatch(path, patch);
    expect(await loadPatch(path)).toEqual(patch);
    expect(await readdir(join(folder, 'patches'))).toEqual(['fix.safetensors']);
  });

  test('is the same for the same patch', async () => {
    await savePatch(path, patch);
    const again = join(folder, 'again.safetensors');
    await savePatch(again, await loadPatch(path));
    expect((await readFile(again)).equals(await readFile(path))).toBe(true);
  });

  test('holds the changed parameters under their names, for other tools', async () => {
    await savePatch(path, patch);
    const { tensors } = decodeSafetensors(await readFile(path), path);
    expect(tensors.get('fc.bias')).toMatchObject({ dtype: 'F32', shape: [2] });
    expect(tensors.get('constraint.0.picture')).toMatchObject({ dtype: 'U8', shape: [4, 3, 3] });
    expect(tensors.size).toBe(2);
  });

  test('is refused with any of its bits turned over', async () => {
    await savePatch(path, patch);
    const whole = await readFile(path);
    const position = fc.integer({ min: 0, max: whole.length - 1 });
    await fc.assert(
      fc.asyncProperty(position, fc.integer({ min: 0, max: 7 }), async (at, bit) => {
        const damaged = Buffer.from(whole);
        damaged[at]! ^= 1 << bit;
        await writeFile(path, damaged);
        await expect(loadPatch(path)).rejects.toMatchObject({
          code: expect.stringMatching(/^(PATCH_INVALID|SAFETENSORS_INVALID)$/),
          message: expect.stringContaining(path),
        });
      }),
      { numRuns: 400 },
    );
  });

  test('is refused cut short anywhere', async () => {
    await savePatch(path, patch);
    const whole = await readFile(path);
    for (let length = 0; length < whole.length; length += 37) {
      await writeFile(path, whole.subarray(0, length));
      await expect(loadPatch(path)).rejects.toMatchObject({ code: 'SAFETENSORS_INVALID' });
    }
  });

  test.each([
    ['no patch at all', { schema: 'patchwork/checkpoint@1' }, /no patch/],
    ['metadata without digest', { patch: '{}' }, /metadata is damaged/],
  ])('is refused when it is %s', async (_, metadata, message) => {
    await writeFile(`${folder}/other.safetensors`, encodeSafetensors(new Map(), metadata));
    await expect(loadPatch(`${folder}/other.safetensors`)).rejects.toMatchObject({
      code: 'PATCH_INVALID',
      message: expect.stringMatching(message),
    });
  });

  test('that is not there is missed by name', async () => {
    await expect(loadPatch(path)).rejects.toMatchObject({
      code: 'CHECKPOINT_MISSING',
      message: expect.stringContaining(path),
    });
  });
});
