import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { registerSecondOrderGradients } from '../../gradient/second-order.ts';
import { ENGINE_FOLDER, readInstalledEngine, resolutionFile } from './installed-engine.ts';
import { NATIVE_BACKEND } from './native-backend.ts';
import { loadFailure, requireNativePackage } from './native-package.ts';
import type { ProbeAnswer } from './native-probe.ts';

/** In order of preference. */
export const NATIVE_PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

export type NativeLibrary =
  | { readonly loaded: true; readonly packageName: string; readonly version: string }
  | { readonly loaded: false; readonly reason: string };

export interface NativeLibraryOptions {
  /**
   * The file from which the packages are resolved: by default this one, after the engine that
   * `patchwork engine install` made, if it did.
   */
  readonly resolveFrom?: string;
  /** How long a package may take to load. */
  readonly timeoutMs?: number;
}

/**
 * Loads the first native package that works and so registers the `tensorflow` backend; which backend is
 * active does not change. Never throws: a package that is missing, half installed, built for another
 * machine, crashing or hanging gives a reason of one line.
 */
export async function loadNativeLibrary(
  options: NativeLibraryOptions = {},
): Promise<NativeLibrary> {
  const { timeoutMs = 60_000 } = options;
  const reasons: string[] = [];
  for (const { packageName, resolveFrom } of candidates(options)) {
    const failure =
      unresolved(packageName, resolveFrom) ??
      (await probeNativePackage(packageName, resolveFrom, timeoutMs)).failure;
    const result = failure ?? load(packageName, resolveFrom);
    if (typeof result !== 'string') return result;
    reasons.push(`${packageName} ${result}`);
  }
  return { loaded: false, reason: reasons.join('; ') };
}

interface Candidate {
  readonly packageName: string;
  readonly resolveFrom: string;
}

function candidates({ resolveFrom }: NativeLibraryOptions): Candidate[] {
  const among = resolveFrom ?? import.meta.url;
  const packages = NATIVE_PACKAGES.map((packageName) => ({ packageName, resolveFrom: among }));
  const installed = resolveFrom === undefined ? readInstalledEngine() : null;
  if (!installed) return packages;
  const { packageName, build } = installed;
  return [{ packageName, resolveFrom: resolutionFile(ENGINE_FOLDER, build) }, ...packages];
}

function unresolved(packageName: string, resolveFrom: string): string | null {
  try {
    createRequire(resolveFrom).resolve(packageName);
    return null;
  } catch (error) {
    return loadFailure(packageName, error);
  }
}

/**
 * Loads the package in a child process, and computes with it: a library that was cut short, or built for a processor
 * with more instructions, ends the process that loads it.
 */
export function probeNativePackage(
  packageName: string,
  resolveFrom: string,
  timeoutMs: number,
): Promise<ProbeAnswer> {
  return new Promise((resolve) => {
    const refuse = (failure: string) => resolve({ failure, gpu: false });
    const child = fork(
      fileURLToPath(new URL('./native-probe.ts', import.meta.url)),
      [packageName, resolveFrom],
      { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: [] },
    );
    const timer = setTimeout(() => {
      refuse(`did not load within ${timeoutMs / 1000} s`);
      child.kill('SIGKILL');
    }, timeoutMs);
    child.on('message', (answer) => resolve(answer as ProbeAnswer));
    child.on('error', (error) => refuse(loadFailure(packageName, error)));
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      refuse(`crashes while it loads (${signal ?? `exit code ${code}`})`);
    });
  });
}

/**
 * The package may bring its own copy of TensorFlow.js, which shares the registries of the process: on
 * load it makes its backend the active one and registers the stock gradients over ours.
 */
function load(packageName: string, resolveFrom: string): NativeLibrary | string {
  const formerBackend: string | undefined = tf.getBackend();
  try {
    const library = requireNativePackage(packageName, resolveFrom);
    if (tf.findBackend(NATIVE_BACKEND) === null) {
      return `registers no backend named ${NATIVE_BACKEND}`;
    }
    return { loaded: true, packageName, version: library.version['tfjs-node'] ?? 'unknown' };
  } catch (error) {
    return loadFailure(packageName, error);
  } finally {
    if (formerBackend !== undefined) void tf.setBackend(formerBackend);
    registerSecondOrderGradients();
  }
}
