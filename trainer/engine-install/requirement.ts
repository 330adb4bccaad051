import { existsSync } from 'node:fs';
import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { InstallError } from './install-error.ts';
import { runTool } from './run-tool.ts';

/** What TensorFlow's wheels are built for: the tag of theirs is manylinux_2_27. */
const LEAST_GLIBC = [2, 27] as const;

const COMPILERS = ['g++', 'c++', 'clang++'];
const PYTHONS = ['python3', 'python'];

/**
 * Requires the space that an installation takes at its largest, less what an attempt before left of it.
 * @param folder where there must be space
 * @param bytes of the whole installation
 * @param build what is made, where there may be a part of it
 * @throws InstallError SPACE_SHORT
 */
export async function requireSpace(folder: string, bytes: number, build: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const missing = bytes - (await bytesWithin(build));
  if (free >= missing) return;
  throw new InstallError(
    'SPACE_SHORT',
    `${folder} has ${gigabytes(free)} GB of space left, and the installation still takes ${gigabytes(missing)} GB. Free some space and run the command again.`,
  );
}

async function bytesWithin(folder: string): Promise<number> {
  if (!existsSync(folder)) return 0;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  let bytes = 0;
  for (const entry of entries) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}

/** @throws InstallError PLATFORM_UNSUPPORTED, GLIBC_TOO_OLD */
export function requireLinux(
  platform: string = process.platform,
  glibc: string | null = glibcVersion(),
): void {
  const otherwise = 'Use the onnx engine, which needs nothing else.';
  if (platform !== 'linux') {
    throw new InstallError(
      'PLATFORM_UNSUPPORTED',
      `Linking with a library of TensorFlow works on Linux alone, not on ${platform}. ${otherwise}`,
    );
  }
  if (glibc === null) {
    throw new InstallError(
      'PLATFORM_UNSUPPORTED',
      `TensorFlow needs glibc, and this system has another C library. ${otherwise}`,
    );
  }
  const [major = 0, minor = 0] = glibc.split('.').map(Number);
  const [leastMajor, leastMinor] = LEAST_GLIBC;
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return;
  throw new InstallError(
    'GLIBC_TOO_OLD',
    `This system has glibc ${glibc}, and TensorFlow's wheels need ${LEAST_GLIBC.join('.')}. Name a library built for this system with --libtensorflow, or use the onnx engine.`,
  );
}

function glibcVersion(): string | null {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime ?? null;
}

/** The first C++ compiler that answers. @throws InstallError COMPILER_MISSING */
export async function findCompiler(env: NodeJS.ProcessEnv): Promise<string> {
  for (const compiler of env.CXX ? [env.CXX] : COMPILERS) {
    if ((await runTool(compiler, ['--version'], { env })).code === 0) return compiler;
  }
  throw new InstallError(
    'COMPILER_MISSING',
    `No C++ compiler was found (${env.CXX ?? COMPILERS.join(', ')}). Install one, on Debian by \`apt-get install g++\`, and run the command again.`,
  );
}

/** The first Python that has pip. @throws InstallError PIP_MISSING */
export async function findPip(env: NodeJS.ProcessEnv): Promise<string> {
  for (const python of PYTHONS) {
    if ((await runTool(python, ['-m', 'pip', '--version'], { env })).code === 0) return python;
  }
  throw new InstallError(
    'PIP_MISSING',
    `No Python with pip was found (${PYTHONS.join(', ')}), which fetches TensorFlow. Install it, on Debian by \`apt-get install python3-pip\`, or name a library with --libtensorflow.`,
  );
}
