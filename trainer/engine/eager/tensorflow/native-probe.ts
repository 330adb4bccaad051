import { loadFailure, requireNativePackage } from './native-package.ts';

export interface ProbeAnswer {
  /** Why the package cannot be used, or null. */
  readonly failure: string | null;
  readonly gpu: boolean;
}

/** Run as a child process with a package name and where to resolve it from; sends its answer. */
const [packageName = '', resolveFrom = ''] = process.argv.slice(2);
let answer: ProbeAnswer;
try {
  const library = requireNativePackage(packageName, resolveFrom);
  // Instructions that the processor lacks end the process at the first operation, not at the load.
  const square = library.tidy?.(() => library.square?.([3]).dataSync()[0]) ?? 9;
  const failure = square === 9 ? null : `computes 3 x 3 = ${square}`;
  answer = { failure, gpu: library.backend?.().isUsingGpuDevice ?? false };
} catch (error) {
  answer = { failure: loadFailure(packageName, error), gpu: false };
}
process.send?.(answer, () => process.exit());
