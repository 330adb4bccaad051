import { createRequire } from 'node:module';
import util from 'node:util';
import * as tf from '@tensorflow/tfjs';

/** What the project reads of a loaded @tensorflow/tfjs-node or @tensorflow/tfjs-node-gpu. */
export interface NativePackage {
  readonly version: Readonly<Record<string, string>>;
  readonly tidy?: <Result>(work: () => Result) => Result;
  readonly square?: (x: number[]) => { dataSync(): ArrayLike<number> };
  readonly backend?: () => { readonly isUsingGpuDevice?: boolean };
}

/**
 * Loads the package found from `resolveFrom` (a file path or URL) into this process, with TensorFlow's
 * log lines off unless TF_CPP_MIN_LOG_LEVEL says otherwise. TensorFlow.js goes into its production mode,
 * because a second copy of it warns of every kernel that it finds registered.
 *
 * tfjs-node 4.22 calls two functions of node:util that Node 23 removed and Node 22 warns about.
 */
export function requireNativePackage(
  packageName: string,
  resolveFrom: string | URL,
): NativePackage {
  tf.enableProdMode();
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
  Object.assign(util, {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  });
  return createRequire(resolveFrom)(packageName);
}

/** The first line of what a failed load says. */
export function loadFailure(packageName: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (message.startsWith(`Cannot find module '${packageName}'`)) return 'is not installed';
  return `does not load: ${message.split('\n', 1)[0]?.trim()}`;
}
