import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { engineFor } from '../../../trainer/cli/engine-option.ts';
import { saveEmbeddedCheckpoint } from './embedded-checkpoint.ts';
import { expectRefusal, expectSuccess, patchwork, workingDirectory } from './run-command.ts';

/** Measured at width 16 alone: what is chosen for another width says that nothing was measured. */
vi.mock('../../../trainer/engine/speed-record.ts', () => ({
  fastestWays: (width: number) => (width === 16 ? [{ engine: 'onnx', provider: 'cpu' }] : []),
}));
/** One that this system cannot have. */
const foreign = process.platform === 'darwin' ? 'cuda' : 'coreml';

afterEach(() => vi.restoreAllMocks());

test('the width of the network decides, and what was chosen is said with the reason', async () => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => {});
  const where = { engine: 'onnx', provider: 'auto' } as const;
  const engine = await engineFor(where, { width: 16 });
  expect(engine.name).toBe('onnx');
  expect(said.mock.lastCall).toEqual([expect.stringMatching(/^Computing on onnx/)]);
  expect(said.mock.lastCall![0]).not.toContain('doctor');
  await engineFor(where, { width: 64 });
  expect(said.mock.lastCall).toEqual([expect.stringMatching(/^Computing on onnx.*doctor/)]);
});

test('a provider that is named is taken or refused', async () => {
  const where = { engine: 'onnx', provider: foreign } as const;
  await expect(engineFor(where, { width: 16 })).rejects.toMatchObject({
    code: 'ENGINE_UNAVAILABLE',
    message: expect.stringContaining(foreign),
  });
});

test.each([
  ['rebase', 'model.safetensors'],
  ['watch', '--once', '--folder', '.', '--checkpoint', 'model.safetensors'],
])('%s computes with the provider that is named, or not at all', async (...command) => {
  const cwd = await workingDirectory();
  await saveEmbeddedCheckpoint(join(cwd, 'model.safetensors'));
  expectRefusal(await patchwork([...command, '--provider', foreign], cwd), /ENGINE_UNAVAILABLE/);
  const { code, stderr } = await patchwork([...command, '--engine', 'onnx'], cwd);
  expect(stderr).toMatch(/^Computing on onnx/);
  expect(code).toBe(0);
});

describe.concurrent('every command that computes has the engine and its provider to choose', () => {
  test.each([
    'start',
    'train',
    'import',
    'evaluate',
    'patch',
    'fix',
    'undo',
    'rebase',
    'bisect',
    'ship',
    'watch',
    'export',
    'package',
  ])('%s', async (command) => {
    const help = expectSuccess(await patchwork([command, '--help'], tmpdir()));
    expect(help).toMatch(/^ {2}--engine <name>.*\n(?:.*\n)*? {2}--provider <name>/m);
  });
});
