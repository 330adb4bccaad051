import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  loadNativeLibrary,
  NATIVE_PACKAGES,
} from '../../../../trainer/engine/eager/tensorflow/native-library.ts';

const [GPU, CPU] = NATIVE_PACKAGES;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'native-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A package as an interrupted or foreign installation leaves it. */
async function install(packageName: string, files: Record<string, string>): Promise<void> {
  const location = path.join(folder, 'node_modules', packageName);
  await mkdir(location, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    await writeFile(path.join(location, name), content);
  }
}

async function reason(timeoutMs?: number): Promise<string> {
  const resolveFrom = path.join(folder, 'index.js');
  const library = await loadNativeLibrary({ resolveFrom, ...(timeoutMs ? { timeoutMs } : {}) });
  if (library.loaded) throw new Error(`${library.packageName} loaded`);
  expect(library.reason).not.toContain('\n');
  return library.reason;
}

test('names both packages where none is installed', async () => {
  expect(await reason()).toBe(`${GPU} is not installed; ${CPU} is not installed`);
});

test('takes an empty folder for no installation', async () => {
  await install(GPU, {});
  expect(await reason()).toContain(`${GPU} is not installed`);
});

test('says which file of a half installed package is missing', async () => {
  await install(GPU, { 'package.json': '{ "main": "dist/index.js" }' });
  expect(await reason()).toMatch(/tfjs-node-gpu does not load: .*dist\/index\.js/);
});

test('says which dependency is missing', async () => {
  await install(GPU, { 'index.js': "require('@mapbox/node-pre-gyp')" });
  expect(await reason()).toContain("does not load: Cannot find module '@mapbox/node-pre-gyp'");
});

test('gives the first line of what the package complains of', async () => {
  await install(CPU, { 'index.js': "throw new Error('no addon at lib/x.node. \\nPlease run')" });
  expect(await reason()).toContain(`${CPU} does not load: no addon at lib/x.node.`);
});

test('survives a native addon that is not one', async () => {
  await install(GPU, {
    'index.js': "require('./tfjs_binding.node')",
    'tfjs_binding.node': 'cut short',
  });
  expect(await reason()).toMatch(/tfjs-node-gpu does not load: .*tfjs_binding\.node/);
});

test('survives a library that ends the process', async () => {
  await install(GPU, { 'index.js': 'process.abort()' });
  expect(await reason()).toContain(`${GPU} crashes while it loads (SIGABRT)`);
});

test('gives up on a library that does not come back', async () => {
  await install(GPU, { 'index.js': 'for (;;);' });
  expect(await reason(300)).toContain(`${GPU} did not load within 0.3 s`);
});

test('refuses a package that registers no backend, and leaves the active one', async () => {
  await tf.setBackend('cpu');
  await install(GPU, { 'index.js': 'module.exports = { version: {} }' });
  expect(await reason()).toContain(`${GPU} registers no backend`);
  expect(tf.getBackend()).toBe('cpu');
});
