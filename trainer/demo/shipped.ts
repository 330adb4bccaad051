import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openPackaged, openTrained, type SubjectOpener } from './demo-subject.ts';

/** The editable network that the project ships, trained on the embedded data set. */
export const EMBEDDED_CHECKPOINT = shipped('embedded-width16.safetensors');

/** The editable network that the project ships as a package, trained on CIFAR-10. */
export const CIFAR10_PACKAGE = shipped('cifar10');

/** Opens the network that `npm start` fixes: the package where there is one. */
export const openShippedSubject: SubjectOpener = (engine) =>
  existsSync(CIFAR10_PACKAGE)
    ? openPackaged(engine, CIFAR10_PACKAGE)
    : openTrained(EMBEDDED_CHECKPOINT);

function shipped(name: string): string {
  return fileURLToPath(new URL(`../shipped/${name}`, import.meta.url));
}
