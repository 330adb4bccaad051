import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Provider } from '../../../../trainer/engine/onnx/provider-name.ts';
import type { Deviation } from './deviation.ts';

/** Every part's deviation with a provider, in a process of its own, since drivers are loaded by environment. */
export function deviationsOn(
  provider: Provider,
  env: NodeJS.ProcessEnv,
): Promise<Record<string, Deviation>> {
  return new Promise((resolve, reject) => {
    const script = fileURLToPath(new URL('./provider-deviations.ts', import.meta.url));
    const child = fork(script, [provider], {
      env,
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.on('message', (found) => resolve(found as Record<string, Deviation>));
    child.on('error', reject);
    child.on('exit', (code, signal) => reject(new Error(`It ended by ${signal ?? code}.`)));
  });
}
