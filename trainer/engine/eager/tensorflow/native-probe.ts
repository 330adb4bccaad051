import { loadFailure, requireNativePackage } from './native-package.ts';

/** Run as a child process with a package name and where to resolve it from; answers null or a reason. */
const [packageName = '', resolveFrom = ''] = process.argv.slice(2);
let failure: string | null = null;
try {
  requireNativePackage(packageName, resolveFrom);
} catch (error) {
  failure = loadFailure(packageName, error);
}
process.send?.(failure, () => process.exit());
