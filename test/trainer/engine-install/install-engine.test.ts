import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  readInstalledEngine,
  resolutionFile,
} from '../../../trainer/engine/eager/tensorflow/installed-engine.ts';
import { installEngine, removeEngine } from '../../../trainer/engine-install/install-engine.ts';
import { InstallError } from '../../../trainer/engine-install/install-error.ts';
import { requireLinux } from '../../../trainer/engine-install/requirement.ts';
import { type FakeTool, fakeTools } from './fake-tools.ts';

let root: string;
let folder: string;
beforeEach(async () => {
  root = await mkdtemp(join(os.tmpdir(), 'engine-install-'));
  folder = join(root, 'engine');
});
afterEach(() => rm(root, { recursive: true, force: true }));

interface Attempt {
  readonly instead?: Partial<Record<FakeTool, string | null>>;
  readonly libtensorflow?: string;
}

async function install({ instead, libtensorflow }: Attempt = {}) {
  await rm(join(root, 'bin'), { recursive: true, force: true });
  const env = await fakeTools(root, instead);
  return installEngine({
    variant: 'cpu',
    folder,
    env,
    say: () => {},
    ...(libtensorflow === undefined ? {} : { libtensorflow }),
  });
}

async function refusal(attempt: Attempt): Promise<InstallError> {
  const error = await install(attempt).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof InstallError) return error;
  throw error ?? new Error('It was installed.');
}

function calls(): string[] {
  const file = join(root, 'calls');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
}

function load() {
  const { build, packageName } = readInstalledEngine(folder)!;
  return createRequire(resolutionFile(folder, build))(packageName);
}

/** A libtensorflow as its distribution unpacks. */
async function distribution(): Promise<string> {
  const place = join(root, 'libtensorflow');
  await mkdir(join(place, 'include', 'tensorflow', 'c', 'eager'), { recursive: true });
  await mkdir(join(place, 'lib'));
  await writeFile(join(place, 'include', 'tensorflow', 'c', 'eager', 'c_api.h'), '');
  for (const name of ['libtensorflow.so.2.16.1', 'libtensorflow_framework.so.2.16.1']) {
    await writeFile(join(place, 'lib', name), name);
  }
  return place;
}

test('links with the wheel where the package cannot download, and keeps no more than it needs', async () => {
  const engine = await install();
  expect(readInstalledEngine(folder)).toEqual(engine);
  expect(calls()).toEqual(['pip', 'unpack', 'npm', 'compile']);
  expect(load().addon.trim()).toBe('addon');
  expect((await readdir(folder)).sort()).toEqual(['builds', 'installed.json']);
  expect((await readdir(join(folder, 'builds', engine.build))).sort()).toEqual([
    'library',
    'package',
  ]);
});

test('does nothing where the engine is there already', async () => {
  const engine = await install();
  const before = calls();
  expect(await install()).toEqual(engine);
  expect(calls()).toEqual(before);
});

test('takes away what a killed installation left beside the engine', async () => {
  const { build } = await install();
  const before = await readdir(folder, { recursive: true });
  const left = ['builds/older', `builds/${build}/wheels`, `builds/${build}/package/npm-cache`];
  for (const name of [...left, 'temporary'])
    await mkdir(join(folder, name, 'part'), { recursive: true });
  await install();
  expect(await readdir(folder, { recursive: true })).toEqual(before);
});

test('makes an engine anew that does not load any more', async () => {
  const { build } = await install();
  const addon = 'package/node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node';
  await writeFile(join(folder, 'builds', build, addon), 'broken');
  await install();
  expect(load().addon.trim()).toBe('addon');
});

describe('goes on at the step that failed, with nothing installed meanwhile', () => {
  const failing: [FakeTool, string, InstallError['code'], string[]][] = [
    [
      'python3',
      'case "$*" in *--version*) exit 0;; esac; echo ERROR: no route >&2; exit 1',
      'DOWNLOAD_FAILED',
      ['pip', 'unpack', 'npm', 'compile'],
    ],
    ['npm', 'echo npm error code ENOTFOUND >&2; exit 1', 'DOWNLOAD_FAILED', ['npm', 'compile']],
    [
      'g++',
      'case "$*" in *--version*) exit 0;; esac; echo fatal error: no such file >&2; exit 1',
      'BUILD_FAILED',
      ['compile'],
    ],
  ];
  test.each(failing)('%s', async (tool, script, code, remaining) => {
    const error = await refusal({ instead: { [tool]: script } });
    expect(error.code).toBe(code);
    expect(error.message).not.toContain('\n');
    expect(readInstalledEngine(folder)).toBeNull();
    const before = calls().length;
    await install();
    expect(calls().slice(before)).toEqual(remaining);
    expect(load().addon.trim()).toBe('addon');
  });
});

test('what a killed step left is thrown away', async () => {
  const build = join(folder, 'builds', 'cpu-wheel-2.21.0');
  await mkdir(join(build, 'library.unfinished-1'), { recursive: true });
  await mkdir(join(build, 'wheels.unfinished-1'));
  await install();
  expect((await readdir(build)).sort()).toEqual(['library', 'package']);
});

test('leaves the engine before in place where the new one does not load', async () => {
  const before = await install();
  const broken = 'while [ $# -gt 0 ]; do [ $1 = -o ] && echo broken > $2; shift; done';
  const error = await refusal({
    libtensorflow: await distribution(),
    instead: { 'g++': broken },
  });
  expect(error.code).toBe('DOES_NOT_LOAD');
  expect(error.message).toContain('undefined symbol');
  expect(readInstalledEngine(folder)).toEqual(before);
  expect(load().addon.trim()).toBe('addon');
});

test('links with a library that the user names, without pip, and switches to it', async () => {
  const before = await install();
  const engine = await install({
    libtensorflow: await distribution(),
    instead: { python3: null },
  });
  expect(engine.build).not.toBe(before.build);
  expect(await readdir(join(folder, 'builds'))).toEqual([engine.build]);
  const links = join(
    folder,
    'builds',
    engine.build,
    'package/node_modules/@tensorflow/tfjs-node/deps/lib',
  );
  expect(readFileSync(join(links, 'libtensorflow.so.2'), 'utf8')).toBe('libtensorflow.so.2.16.1');
  expect(readFileSync(join(links, 'libtensorflow_framework.so.2'), 'utf8')).toBe(
    'libtensorflow_framework.so.2.16.1',
  );
});

test.each([
  [{ 'g++': null }, 'COMPILER_MISSING', /g\+\+.*apt-get install/],
  [{ python3: null }, 'PIP_MISSING', /pip.*--libtensorflow/],
] as const)('without %j: %s, before anything is fetched', async (instead, code, message) => {
  const error = await refusal({ instead });
  expect(error.code).toBe(code);
  expect(error.message).toMatch(message);
  expect(calls()).toEqual([]);
});

test('says what a folder lacks that is no library', async () => {
  const empty = join(root, 'empty');
  await mkdir(empty);
  const error = await refusal({ libtensorflow: empty });
  expect(error.code).toBe('LIBRARY_NOT_FOUND');
  expect(error.message).toMatch(/c_api\.h.*libtensorflow.*framework/);
  expect((await refusal({ libtensorflow: join(root, 'nowhere') })).code).toBe('LIBRARY_NOT_FOUND');
});

test('refuses a C library that is too old, absent, or another system', () => {
  expect(() => requireLinux('linux', '2.27')).not.toThrow();
  expect(() => requireLinux('linux', '2.36')).not.toThrow();
  expect(() => requireLinux('linux', '2.17')).toThrow(
    expect.objectContaining({
      code: 'GLIBC_TOO_OLD',
      message: expect.stringMatching(/2\.17.*2\.27/),
    }),
  );
  for (const [platform, glibc] of [
    ['linux', null],
    ['darwin', null],
  ] as const) {
    expect(() => requireLinux(platform, glibc)).toThrow(
      expect.objectContaining({ code: 'PLATFORM_UNSUPPORTED' }),
    );
  }
});

test('refuses beside another installation, and takes over from one that has ended', async () => {
  await mkdir(folder, { recursive: true });
  const held = (pid: number) =>
    writeFile(join(folder, 'lock'), JSON.stringify({ pid, began: null, token: `of-${pid}` }));
  await held(process.ppid);
  expect((await refusal({})).code).toBe('INSTALL_RUNNING');
  await held(2 ** 30);
  await install();
});

test('removes the engine, whole or begun, and says whether there was one', async () => {
  expect(await removeEngine(folder)).toBe(false);
  await install();
  expect(await removeEngine(folder)).toBe(true);
  expect(readInstalledEngine(folder)).toBeNull();
  expect(await readdir(folder)).toEqual([]);
  await refusal({ instead: { npm: 'exit 1' } });
  expect(await removeEngine(folder)).toBe(true);
  expect(await removeEngine(folder)).toBe(false);
});

test('removes what a killed installation left, and says that there was one', async () => {
  await mkdir(join(folder, 'temporary', 'pip-unpack-1'), { recursive: true });
  await writeFile(join(folder, 'installed.json.unfinished'), '{');
  expect(await removeEngine(folder)).toBe(true);
  expect(await readdir(folder)).toEqual([]);
  expect(await removeEngine(folder)).toBe(false);
});
