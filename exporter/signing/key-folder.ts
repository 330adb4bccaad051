import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Slug } from '../contract/manifest.ts';
import { KeyError } from './key-error.ts';
import { generatePrivateKey, type KeyPair, parsePrivateKey } from './private-key.ts';

const EXTENSION = '.jwk';

export interface NamedKey extends KeyPair {
  readonly name: string;
  readonly path: string;
}

/** Where private keys lie: below the user's configuration (XDG Base Directory Specification). */
export function keyFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const configuration = environment.XDG_CONFIG_HOME || join(homedir(), '.config');
  return join(configuration, 'patchwork', 'keys');
}

/**
 * Makes a key pair and keeps its private half in a file that only its owner may read.
 * @throws KeyError KEY_NAME_INVALID, KEY_TAKEN, KEY_IN_REPOSITORY, KEY_UNWRITABLE; nothing is written
 */
export async function createKey(name: string, folder = keyFolder()): Promise<NamedKey> {
  const path = keyPath(name, folder);
  const repository = repositoryAround(folder);
  if (repository !== null) {
    throw new KeyError(
      'KEY_IN_REPOSITORY',
      `${folder} lies in the git repository ${repository}, where a private key gets published by accident; set XDG_CONFIG_HOME to a folder outside it.`,
    );
  }
  const text = generatePrivateKey();
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST') {
      throw new KeyError(
        'KEY_TAKEN',
        `There is a key "${name}" already, in ${path}; choose another name. It was not changed.`,
      );
    }
    throw new KeyError('KEY_UNWRITABLE', `${path} cannot be written: ${message}.`, { cause });
  }
  return { name, path, ...(await parsePrivateKey(text, path)) };
}

/** Every key in the folder, by name. @throws KeyError KEY_UNREADABLE, KEY_EXPOSED */
export async function listKeys(folder = keyFolder()): Promise<NamedKey[]> {
  if (!existsSync(folder)) return [];
  const names = (await readdir(folder))
    .filter((file) => file.endsWith(EXTENSION))
    .map((file) => file.slice(0, -EXTENSION.length))
    .sort();
  return Promise.all(names.map((name) => readKey(name, folder)));
}

/** @throws KeyError KEY_NAME_INVALID, KEY_MISSING, KEY_UNREADABLE, KEY_EXPOSED */
export async function readKey(name: string, folder = keyFolder()): Promise<NamedKey> {
  const path = keyPath(name, folder);
  return { name, path, ...(await readKeyFile(path)) };
}

/**
 * Reads a private key from a file that nobody but its owner may read.
 * @throws KeyError KEY_MISSING, KEY_UNREADABLE, KEY_EXPOSED
 */
export async function readKeyFile(path: string): Promise<KeyPair> {
  const found = await stat(path).catch((cause: Error) => {
    throw new KeyError(
      'KEY_MISSING',
      `The key ${path} cannot be read (${cause.message}); see "patchwork keys list", or make one with "patchwork keys new".`,
      { cause },
    );
  });
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) {
    throw new KeyError(
      'KEY_EXPOSED',
      `Others than its owner may read ${path}; run "chmod 600" on it, and if they may have read it, make another key.`,
    );
  }
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new KeyError('KEY_UNREADABLE', `The key ${path} cannot be read: ${cause.message}.`, {
      cause,
    });
  });
  return parsePrivateKey(text, path);
}

function keyPath(name: string, folder: string): string {
  if (Slug.safeParse(name).success) return join(folder, `${name}${EXTENSION}`);
  throw new KeyError(
    'KEY_NAME_INVALID',
    `"${name}" cannot name a key: use a-z, 0-9 and -, beginning with a letter or digit, at most 63 characters.`,
  );
}

/** The git repository whose working tree a folder is in, null where there is none. */
function repositoryAround(folder: string): string | null {
  for (let current = resolve(folder); ; current = dirname(current)) {
    if (existsSync(join(current, '.git'))) return current;
    if (current === dirname(current)) return null;
  }
}
