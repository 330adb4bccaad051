import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project folder's place for an installed native engine; `patchwork engine` alone writes there. */
export const ENGINE_FOLDER = fileURLToPath(
  new URL('../../../../.patchwork/engine', import.meta.url),
);

/** A native engine as `patchwork engine install` leaves it. */
export interface InstalledEngine {
  /** The folder among `builds` that holds it, named after what it was made from. */
  readonly build: string;
  readonly packageName: string;
  /** One line for people: which TensorFlow, and where it is from. */
  readonly description: string;
}

/** The file whose rename switches from one build to another. */
export function pointerFile(folder: string): string {
  return join(folder, 'installed.json');
}

/** Where a build's package and its dependencies are resolved from. */
export function resolutionFile(folder: string, build: string): string {
  return join(folder, 'builds', build, 'package', 'index.js');
}

/** What is installed in `folder`, or null; also where what is written there is not understood. */
export function readInstalledEngine(folder: string = ENGINE_FOLDER): InstalledEngine | null {
  try {
    const { build, packageName, description } = JSON.parse(
      readFileSync(pointerFile(folder), 'utf8'),
    );
    const valid = [build, packageName, description].every((field) => typeof field === 'string');
    return valid ? { build, packageName, description } : null;
  } catch {
    return null;
  }
}
