import { mkdtemp, rm, statfs } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { installEngine } from '../../../trainer/engine-install/install-engine.ts';
import { type FakeTool, fakeTools } from './fake-tools.ts';

vi.mock('node:fs/promises', async (importOriginal) => ({
  ...(await importOriginal<typeof import('node:fs/promises')>()),
  statfs: vi.fn(),
}));

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(os.tmpdir(), 'engine-space-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function install(
  freeGigabytes: number,
  instead: Partial<Record<FakeTool, string>> = {},
): Promise<string> {
  const free = { bavail: freeGigabytes * 1e6, bsize: 1000 } as Awaited<ReturnType<typeof statfs>>;
  vi.mocked(statfs).mockResolvedValue(free);
  await rm(join(root, 'bin'), { recursive: true, force: true });
  const env = await fakeTools(root, instead);
  const installed = installEngine({
    variant: 'cpu',
    folder: join(root, 'engine'),
    env,
    say: () => {},
  });
  return installed.then(
    ({ description }) => description,
    ({ code, message }) => `${code}: ${message}`,
  );
}

test('asks for the space of an installation, and for no more than what is missing of a begun one', async () => {
  expect(await install(1.9)).toMatch(/^SPACE_SHORT: .* 1\.9 GB .*still takes 2\.0 GB/);
  const npm = `truncate -s 1500000000 ../library/tensorflow/libtensorflow_cc.so.2; exit 1`;
  expect(await install(2.1, { npm })).toMatch(/^DOWNLOAD_FAILED/);
  expect(await install(0.3)).toMatch(/^SPACE_SHORT: .* 0\.3 GB .*still takes 0\.5 GB/);
  expect(await install(0.6)).toMatch(/^TensorFlow 2/);
});
