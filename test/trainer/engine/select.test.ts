import { expect, test } from 'vitest';
import { EngineError } from '../../../trainer/engine/engine-error.ts';
import { selectEngine } from '../../../trainer/engine/select.ts';
import { ENGINES } from './present-engines.ts';

const native = ENGINES.some(({ engine }) => engine?.name === 'tensorflow');

test.each(['onnx', 'cpu'] as const)('makes the %s engine by name', async (name) => {
  const { engine, notes } = await selectEngine(name);
  expect(engine.name).toBe(name);
  expect(notes).toEqual([expect.stringContaining(engine.description)]);
});

test.runIf(native)('takes tensorflow by itself where it loads', async () => {
  const { engine, notes } = await selectEngine();
  expect(engine.name).toBe('tensorflow');
  expect(notes).toEqual([expect.stringContaining('Computing on tensorflow')]);
  expect((await selectEngine('tensorflow')).engine.name).toBe('tensorflow');
});

test.skipIf(native)(
  'takes onnx where tensorflow does not load, and says why in a line',
  async () => {
    const { engine, notes } = await selectEngine('auto');
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
