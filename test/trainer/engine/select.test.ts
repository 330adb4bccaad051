import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EngineError } from '../../../trainer/engine/engine-error.ts';
import { selectEngine } from '../../../trainer/engine/select.ts';
import { writeSpeeds } from '../../../trainer/engine/speed-record.ts';
import { ENGINES } from './present-engines.ts';

const native = ENGINES.some(({ engine }) => engine?.name === 'tensorflow');
const onnx = { engine: 'onnx', provider: 'cpu' } as const;
const tensorflow = { engine: 'tensorflow' } as const;
/** One that this system cannot have. */
const foreign = process.platform === 'darwin' ? 'cuda' : 'coreml';

let folder: string;
let unmeasured: { speedFile: string };
beforeAll(async () => {
  folder = await mkdtemp(join(os.tmpdir(), 'select-'));
  unmeasured = { speedFile: join(folder, 'none.json') };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(['onnx', 'cpu'] as const)('makes the %s engine by name', async (name) => {
  const { engine, notes } = await selectEngine(name, unmeasured);
  expect(engine.name).toBe(name);
  expect(notes).toEqual([expect.stringContaining(engine.description)]);
});

test.runIf(native)('takes tensorflow by itself where it loads', async () => {
  const { engine, notes } = await selectEngine('auto', unmeasured);
  expect(engine.name).toBe('tensorflow');
  expect(notes).toEqual([expect.stringMatching(/^Computing on tensorflow.*patchwork doctor/)]);
  expect((await selectEngine('tensorflow')).engine.name).toBe('tensorflow');
});

test.skipIf(native)(
  'takes onnx where tensorflow does not load, and says why in a line',
  async () => {
    const { engine, notes } = await selectEngine('auto', unmeasured);
    expect(engine.name).toBe('onnx');
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(/^Computing on onnx: .* Not on tensorflow: .*tfjs-node.*\.$/);
  },
);

test.skipIf(native)(
  'refuses tensorflow by name where it does not load, with what to do',
  async () => {
    const refusal = selectEngine('tensorflow');
    await expect(refusal).rejects.toBeInstanceOf(EngineError);
    await expect(refusal).rejects.toMatchObject({
      code: 'ENGINE_UNAVAILABLE',
      message: expect.stringMatching(/tensorflow.*tfjs-node.*patchwork engine install/),
    });
  },
);

test('takes the fastest that was measured, at the width nearest to the one asked for', async () => {
  const speedFile = join(folder, 'measured.json');
  writeSpeeds(
    [
      { way: onnx, width: 16, imagesPerSecond: 400 },
      { way: tensorflow, width: 16, imagesPerSecond: 200 },
      { way: onnx, width: 64, imagesPerSecond: 70 },
      { way: tensorflow, width: 64, imagesPerSecond: 90 },
    ],
    speedFile,
  );
  const narrow = await selectEngine('auto', { width: 20, speedFile });
  expect(narrow.engine.name).toBe('onnx');
  expect(narrow.notes[0]).not.toContain('doctor');
  if (!native) return;
  expect((await selectEngine('auto', { speedFile })).engine.name).toBe('tensorflow');
});

test('goes on to the next where the fastest does not load any more, and says so', async () => {
  const speedFile = join(folder, 'gone.json');
  const gone = { engine: 'onnx', provider: foreign } as const;
  writeSpeeds(
    [
      { way: gone, width: 64, imagesPerSecond: 5000 },
      { way: onnx, width: 64, imagesPerSecond: 70 },
    ],
    speedFile,
  );
  for (const choice of ['auto', 'onnx'] as const) {
    const { engine, notes } = await selectEngine(choice, { speedFile });
    expect(engine.description).toContain('CPU');
    expect(notes[0]).toMatch(new RegExp(`^Computing on onnx.* Not on onnx on ${foreign}: .*no`));
  }
});

test('passes over speeds of another machine, and over a damaged file', async () => {
  const speedFile = join(folder, 'foreign.json');
  writeSpeeds([{ way: onnx, width: 64, imagesPerSecond: 70 }], speedFile);
  const text = await readFile(speedFile, 'utf8');
  for (const other of [text.replace('threads', 'other threads'), text.slice(0, 40)]) {
    await writeFile(speedFile, other);
    expect((await selectEngine('onnx', { speedFile })).notes[0]).toContain('doctor');
  }
});

test('a provider that is named is taken or refused', async () => {
  const { engine } = await selectEngine('auto', { provider: 'cpu' });
  expect(engine.name).toBe('onnx');
  await expect(selectEngine('auto', { provider: foreign })).rejects.toMatchObject({
    code: 'ENGINE_UNAVAILABLE',
    message: expect.stringMatching(new RegExp(`onnx engine on ${foreign} is not available`)),
  });
  await expect(selectEngine('tensorflow', { provider: 'cpu' })).rejects.toMatchObject({
    code: 'ENGINE_UNAVAILABLE',
    message: expect.stringContaining('no providers'),
  });
});
