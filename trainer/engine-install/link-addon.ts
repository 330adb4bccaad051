import { mkdir, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { InstallError } from './install-error.ts';
import type { Libtensorflow } from './libtensorflow.ts';
import { runTool } from './run-tool.ts';

/** The folder of the newest Node-API that the package looks in, under Node 16 and later. */
const ADDON_FOLDER = join('lib', 'napi-v8');

/**
 * Compiles the addon of a native package against a library of TensorFlow, which it finds at run time
 * where it lies, or by links beside the addon under the names that are looked for. By a link alone, the
 * loader would take the link's folder for the library's own ($ORIGIN), and miss what lies beside the
 * library.
 * @param modules the `node_modules` that has the package and node-api-headers
 * @throws InstallError BUILD_FAILED
 */
export async function linkAddon(
  modules: string,
  packageName: string,
  { include, libraries, folders }: Libtensorflow,
  compiler: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const root = join(modules, packageName);
  const links = join(root, 'deps', 'lib');
  await rm(join(root, 'deps'), { recursive: true, force: true });
  await mkdir(links, { recursive: true });
  for (const [name, path] of libraries) await symlink(path, join(links, name));
  const folder = join(root, ADDON_FOLDER);
  await mkdir(folder, { recursive: true });
  const addon = join(folder, 'tfjs_binding.node');
  const { code, complaint } = await runTool(
    compiler,
    [
      '-O2',
      '-std=c++17',
      '-fPIC',
      '-shared',
      '-DNAPI_VERSION=8',
      `-I${join(modules, 'node-api-headers', 'include')}`,
      `-I${include}`,
      join(root, 'binding', 'tfjs_backend.cc'),
      join(root, 'binding', 'tfjs_binding.cc'),
      '-o',
      `${addon}.unfinished`,
      `-L${links}`,
      '-ltensorflow',
      '-ltensorflow_framework',
      ...[...folders, '$ORIGIN/../../deps/lib'].flatMap(runPath),
    ],
    { env },
  );
  if (code !== 0) {
    throw new InstallError(
      'BUILD_FAILED',
      `${compiler} could not build the addon of ${packageName}: ${complaint}. The library may be too old or too new for it; TensorFlow 2.9 to 2.21 are known to work.`,
    );
  }
  await rename(`${addon}.unfinished`, addon);
}

/** Word by word: `-Wl` would break a folder at its commas. */
function runPath(folder: string): string[] {
  return ['-rpath', folder].flatMap((word) => ['-Xlinker', word]);
}
