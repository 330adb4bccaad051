import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { InstallError } from './install-error.ts';

/** What an addon is compiled and linked with. */
export interface Libtensorflow {
  readonly include: string;
  /** Files to be found by the addon, by the names under which they are looked for. */
  readonly libraries: ReadonlyMap<string, string>;
  /** Where those files lie: what they load themselves, such as CUDA, they look for from there. */
  readonly folders: readonly string[];
}

/**
 * Finds headers and libraries in a folder: that of TensorFlow's C distribution (`include`, `lib`), or the
 * `tensorflow` folder of a Python wheel.
 * @throws InstallError LIBRARY_NOT_FOUND
 */
export function findLibtensorflow(folder: string): Libtensorflow {
  const include = join(folder, 'include');
  const header = join(include, 'tensorflow', 'c', 'eager', 'c_api.h');
  const places = [join(folder, 'lib'), folder].filter(existsSync);
  const files = places.flatMap((place) => readdirSync(place).map((name) => ({ place, name })));
  const find = (pattern: RegExp) => {
    const found = files.filter(({ name }) => pattern.test(name)).sort(byNameLength)[0];
    return found && { name: found.name, path: join(found.place, found.name) };
  };
  const core = find(/^libtensorflow(_cc)?\.so(\.\d+)*$/);
  const framework = find(/^libtensorflow_framework\.so(\.\d+)*$/);
  if (!existsSync(header) || !core || !framework) {
    const missing = [
      existsSync(header) ? null : 'include/tensorflow/c/eager/c_api.h',
      core ? null : 'libtensorflow.so or libtensorflow_cc.so.2',
      framework ? null : 'libtensorflow_framework.so.2',
    ].filter((name) => name !== null);
    throw new InstallError(
      'LIBRARY_NOT_FOUND',
      `${folder} has no ${missing.join(', no ')}. Name the folder of a libtensorflow distribution, or the "tensorflow" folder of a wheel.`,
    );
  }
  const soname = (name: string) => name.replace(/\.so.*/, '.so.2');
  return {
    include,
    libraries: new Map([
      ['libtensorflow.so', core.path],
      [soname(core.name), core.path],
      ['libtensorflow_framework.so', framework.path],
      [soname(framework.name), framework.path],
    ]),
    folders: [...new Set([core, framework].map(({ path }) => dirname(realpathSync(path))))],
  };
}

function byNameLength(a: { name: string }, b: { name: string }): number {
  return a.name.length - b.name.length;
}
