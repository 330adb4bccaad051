import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What precedes the random end in the name that an artifact's folder has until it is whole. */
export const partialPrefix = (name: string): string => `.${name}.partial-`;

/**
 * Finds the folders that exports which were killed left beside artifacts.
 * @param root looked at to any depth, but not inside what it finds
 * @param before only those that were last changed earlier
 */
export async function findPartialFolders(root: string, before: Date): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const found: string[] = [];
  for (const entry of entries) {
    if (!entry.isDirectory()) continue;
    const path = join(root, entry.name);
    if (!/^\..+\.partial-\w{6}$/.test(entry.name)) {
      found.push(...(await findPartialFolders(path, before)));
    } else if ((await stat(path)).mtime < before) {
      found.push(path);
    }
  }
  return found;
}

export async function removeFolders(paths: readonly string[]): Promise<void> {
  for (const path of paths) await rm(path, { recursive: true, force: true });
}
