import { createHash } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ENGINE_FOLDER,
  type InstalledEngine,
  pointerFile,
  readInstalledEngine,
  resolutionFile,
} from '../engine/eager/tensorflow/installed-engine.ts';
import { probeNativePackage } from '../engine/eager/tensorflow/native-library.ts';
import { type FolderLock, withLock } from '../lock/folder-lock.ts';
import { buildStep, REMOVE } from './build-step.ts';
import {
  buildFolder,
  clearFolder,
  keepAlone,
  switchTo,
  temporaryFolder,
  wheelsFolder,
} from './engine-folder.ts';
import { InstallError } from './install-error.ts';
import { findLibtensorflow } from './libtensorflow.ts';
import { linkAddon } from './link-addon.ts';
import { fetchPackage } from './native-sources.ts';
import { nvidiaGpus } from './nvidia.ts';
import { findCompiler, findPip, requireLinux, requireSpace } from './requirement.ts';
import { stockRefusal, type Variant } from './stock-download.ts';
import { downloadWheels, TENSORFLOW_VERSION, unpackWheels, WHEELS } from './wheel.ts';

/** Bytes that an installation takes at its largest. */
const SPACE: Readonly<Record<Variant | 'linked', number>> = {
  cpu: 2e9,
  cuda: 12e9,
  linked: 0.5e9,
};

/** How long a new engine may take to load: a GPU's library compiles for a while at first. */
const LOAD_TIMEOUT_MS = 300_000;

export interface InstallOptions {
  /** Chosen by whether there is an NVIDIA GPU, unless said. */
  readonly variant?: Variant;
  /** A folder with a library of TensorFlow to link with. */
  readonly libtensorflow?: string;
  readonly say: (line: string) => void;
  /** Where the engine is kept: the project's place for it. */
  readonly folder?: string;
  /** What programs are run with. */
  readonly env?: NodeJS.ProcessEnv;
}

interface Work {
  readonly variant: Variant;
  readonly packageName: string;
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly say: (line: string) => void;
}

/**
 * Installs TensorFlow for Node into the project folder: by the package's own download where that works
 * and suits the GPU, else by linking the package with a library that the user names or with that of
 * PyPI's wheel. Builds aside, tries what it built, and only then switches to it by one rename. Killed at
 * any moment, it goes on at the step it was in; repeated, it changes nothing but takes away what a killed
 * one left.
 * @throws InstallError
 */
export async function installEngine(options: InstallOptions): Promise<InstalledEngine> {
  const { folder = ENGINE_FOLDER, libtensorflow, say } = options;
  return withLock(folder, installLock(folder), async () => {
    const temporary = temporaryFolder(folder);
    await rm(temporary, REMOVE);
    await mkdir(temporary, { recursive: true });
    const env = { ...(options.env ?? process.env), TMPDIR: temporary };
    const variant = options.variant ?? ((await nvidiaGpus(env)).length > 0 ? 'cuda' : 'cpu');
    const packageName = variant === 'cuda' ? '@tensorflow/tfjs-node-gpu' : '@tensorflow/tfjs-node';
    const work: Work = { variant, packageName, folder, env, say };
    try {
      if (libtensorflow !== undefined) return await installLinked(work, libtensorflow);
      return (await installStock(work)) ?? (await installWheel(work));
    } finally {
      await rm(temporary, REMOVE);
    }
  });
}

/** @returns null where the package's own download does not work or does not suit */
async function installStock(work: Work): Promise<InstalledEngine | null> {
  const { variant, packageName, folder, env, say } = work;
  const engine = engineOf(work, `${variant}-stock`, 'TensorFlow as the package downloads it');
  const wheel = engineOf(work, wheelBuild(variant), '');
  for (const present of [engine, wheel]) {
    const installed = await alreadyInstalled(work, present.build);
    if (installed) return installed;
  }
  const refusal = await stockRefusal(variant, env);
  if (refusal !== null) {
    say(`Not the package's own download of TensorFlow: ${refusal}.`);
    return null;
  }
  const build = buildFolder(folder, engine.build);
  await requireSpace(folder, SPACE[variant] / 2, build);
  try {
    say(`Fetching ${packageName}, which downloads TensorFlow.`);
    await buildStep(join(build, 'package'), (aside) => fetchPackage(aside, packageName, true, env));
    return await tryAndSwitch(work, engine);
  } catch (error) {
    if (!(error instanceof InstallError)) throw error;
    await rm(build, REMOVE);
    say(`The package's own download of TensorFlow does not work here: ${error.message}`);
    return null;
  }
}

async function installWheel(work: Work): Promise<InstalledEngine> {
  const { variant, packageName, folder, env, say } = work;
  requireLinux();
  const engine = engineOf(
    work,
    wheelBuild(variant),
    `TensorFlow ${TENSORFLOW_VERSION} of the wheel ${WHEELS[variant]}`,
  );
  const build = buildFolder(folder, engine.build);
  await requireSpace(folder, SPACE[variant], build);
  const compiler = await findCompiler(env);
  const python = await findPip(env);
  const [library, wheels] = [join(build, 'library'), wheelsFolder(build)];
  if (!existsSync(library)) {
    say(`Fetching ${WHEELS[variant]} by pip.`);
    await buildStep(wheels, (aside) => downloadWheels(aside, variant, python, env));
    say('Unpacking it.');
    await buildStep(library, (aside) => unpackWheels(wheels, aside, python, env));
  }
  await linkPackage(work, build, join(library, 'tensorflow'), compiler);
  const installed = await tryAndSwitch(work, engine);
  say(`${packageName} is linked with ${engine.description}.`);
  return installed;
}

async function installLinked(work: Work, libtensorflow: string): Promise<InstalledEngine> {
  const { variant, folder, env } = work;
  requireLinux();
  if (!existsSync(libtensorflow)) {
    throw new InstallError('LIBRARY_NOT_FOUND', `There is no folder ${libtensorflow}.`);
  }
  const library = realpathSync(libtensorflow);
  findLibtensorflow(library);
  const digest = createHash('sha256').update(library).digest('hex').slice(0, 8);
  const engine = engineOf(work, `${variant}-linked-${digest}`, `TensorFlow of ${library}`);
  const installed = await alreadyInstalled(work, engine.build);
  if (installed) return installed;
  const build = buildFolder(folder, engine.build);
  await requireSpace(folder, SPACE.linked, build);
  const compiler = await findCompiler(env);
  await linkPackage(work, build, library, compiler);
  return tryAndSwitch(work, engine);
}

async function linkPackage(
  { packageName, env, say }: Work,
  build: string,
  library: string,
  compiler: string,
): Promise<void> {
  const found = findLibtensorflow(library);
  say(`Fetching ${packageName} by npm.`);
  const target = join(build, 'package');
  await buildStep(target, (aside) => fetchPackage(aside, packageName, false, env));
  say('Building its addon.');
  await linkAddon(join(target, 'node_modules'), packageName, found, compiler, env);
}

function engineOf({ packageName }: Work, build: string, description: string): InstalledEngine {
  return { build, packageName, description };
}

function wheelBuild(variant: Variant): string {
  return `${variant}-wheel-${TENSORFLOW_VERSION}`;
}

/** The present engine, alone, where it is that build and works; else null, and a broken one is taken away. */
async function alreadyInstalled(work: Work, build: string): Promise<InstalledEngine | null> {
  const { folder, say } = work;
  const installed = readInstalledEngine(folder);
  if (installed?.build !== build) return null;
  const failure = await failureOf(work, installed);
  if (failure === null) {
    await keepAlone(folder, installed);
    say(`Already installed: ${installed.packageName}, ${installed.description}.`);
    return installed;
  }
  say(`The installed engine ${failure}; it is made anew.`);
  await rm(pointerFile(folder), { force: true });
  await rm(buildFolder(folder, build), REMOVE);
  return null;
}

async function failureOf(
  { folder, variant }: Work,
  { build, packageName }: InstalledEngine,
): Promise<string | null> {
  const { failure, gpu } = await probeNativePackage(
    packageName,
    resolutionFile(folder, build),
    LOAD_TIMEOUT_MS,
  );
  if (failure !== null) return failure;
  return variant === 'cuda' && !gpu ? 'loads, but finds no GPU' : null;
}

/** @throws InstallError DOES_NOT_LOAD, the engine before still being the installed one */
async function tryAndSwitch(work: Work, engine: InstalledEngine): Promise<InstalledEngine> {
  const { folder, say } = work;
  say('Trying it.');
  const failure = await failureOf(work, engine);
  if (failure !== null) {
    throw new InstallError(
      'DOES_NOT_LOAD',
      `What was built ${failure}. It is not installed; \`patchwork doctor\` shows what this machine has.`,
    );
  }
  await switchTo(folder, engine);
  return engine;
}

/** Takes the installed engine away. @returns whether there was one, whole or begun */
export async function removeEngine(folder: string = ENGINE_FOLDER): Promise<boolean> {
  if (!existsSync(folder)) return false;
  return withLock(folder, installLock(folder), () => clearFolder(folder));
}

function installLock(folder: string): FolderLock {
  const refusal = (pid: number) =>
    new InstallError(
      'INSTALL_RUNNING',
      `Process ${pid} is changing the engine in ${folder}. Wait until it has ended; nothing was changed.`,
    );
  return { patience: 0, refusal };
}
