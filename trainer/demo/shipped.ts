import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { packageFiles } from '../package/package-files.ts';
import { openPackaged, openTrained, type SubjectOpener } from './demo-subject.ts';

/** The editable network that the project ships, trained on the embedded data set. */
export const EMBEDDED_CHECKPOINT = shipped('embedded-width16.safetensors');

/** The editable network that the project ships as a package, trained on CIFAR-10. */
export const CIFAR10_PACKAGE = shipped('cifar10');

const packaged = existsSync(CIFAR10_PACKAGE);

/** The network that `npm start` fixes: the package's where there is one. */
export const SHIPPED_CHECKPOINT = packaged
  ? packageFiles(CIFAR10_PACKAGE).checkpoint
  : EMBEDDED_CHECKPOINT;

/** Opens what fixing it takes. */
export const openShippedSubject: SubjectOpener = (engine, network) =>
  packaged ? openPackaged(engine, network, CIFAR10_PACKAGE) : openTrained(network);

function shipped(name: string): string {
  return fileURLToPath(new URL(`../shipped/${name}`, import.meta.url));
}
