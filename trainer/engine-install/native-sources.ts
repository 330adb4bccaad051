import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InstallError } from './install-error.ts';
import { runTool } from './run-tool.ts';

/** The version of tfjs-node and tfjs-node-gpu, that of @tensorflow/tfjs here. */
const PACKAGE_VERSION = '4.22.0';

/** The headers of Node-API, which the addon is compiled with; any version from 8 on will do. */
const HEADERS_VERSION = '1.9.0';

/**
 * Installs a native package into `folder` by npm, its cache kept there as well.
 * @param scripts whether the package's own script runs, which downloads TensorFlow
 * @throws InstallError DOWNLOAD_FAILED
 */
export async function fetchPackage(
  folder: string,
  packageName: string,
  scripts: boolean,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const dependencies = {
    [packageName]: PACKAGE_VERSION,
    ...(scripts ? {} : { 'node-api-headers': HEADERS_VERSION }),
  };
  const manifest = { private: true, dependencies, allowScripts: { [packageName]: scripts } };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  const cache = join(folder, 'npm-cache');
  const { code, complaint } = await runTool(
    'npm',
    [
      'install',
      '--no-audit',
      '--no-fund',
      '--cache',
      cache,
      ...(scripts ? [] : ['--ignore-scripts']),
    ],
    { cwd: folder, env: { ...env, npm_config_global: 'false' } },
  );
  if (code === 0) return;
  throw new InstallError(
    'DOWNLOAD_FAILED',
    `npm could not install ${packageName} ${PACKAGE_VERSION}: ${complaint}. Run the command again when the registry can be reached.`,
  );
}
