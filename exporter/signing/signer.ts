import { importPublicKey, type SigningKey, type TrustedKey } from '../contract/signature.ts';
import { listKeys, readKey, readKeyFile } from './key-folder.ts';
import { type KeyPair, parsePrivateKey } from './private-key.ts';

/** Who writes to a registry, and whose writing it believes. */
export interface Signer {
  /** Signs what is written; null writes unsigned. */
  readonly key: SigningKey | null;
  /** Whose signatures count; where there are none, signatures are not looked at. */
  readonly trusted: readonly TrustedKey[];
}

/** A writer without keys, to a registry without keys. */
export const UNSIGNED: Signer = { key: null, trusted: [] };

/** The variables that keys come from where no option names one. */
export const KEY_VARIABLE = 'PATCHWORK_KEY';
export const TRUSTED_KEYS_VARIABLE = 'PATCHWORK_TRUSTED_KEYS';

export interface SignerOptions {
  /** The name of a key in the key folder, or the path of a key file. */
  readonly key?: string | undefined;
  /** Public keys, 64 hexadecimal digits each. */
  readonly trust?: readonly string[] | undefined;
}

/**
 * The signer that options and the environment name. `PATCHWORK_KEY` is a name, a path, or the text of a
 * private key itself; `PATCHWORK_TRUSTED_KEYS` public keys separated by commas. Whoever signs trusts
 * that key and the others in the key folder too, so that a key can be replaced by the next.
 * @throws KeyError, ContractError KEY_INVALID
 */
export async function resolveSigner(
  { key, trust = [] }: SignerOptions,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Signer> {
  const named = key ?? environment[KEY_VARIABLE];
  const pair = named ? await findKey(named) : null;
  const publicKeys = [...trust, ...publicKeysOf(environment[TRUSTED_KEYS_VARIABLE])];
  if (pair) {
    const own = await listKeys();
    publicKeys.push(pair.publicKey, ...own.map(({ publicKey }) => publicKey));
  }
  const distinct = [...new Set(publicKeys.map((text) => text.toLowerCase()))];
  return { key: pair?.signing ?? null, trusted: await Promise.all(distinct.map(importPublicKey)) };
}

/** Public keys as a variable lists them, separated by commas or white space. */
export function publicKeysOf(list: string | undefined): string[] {
  return (list ?? '').split(/[\s,]+/).filter((text) => text !== '');
}

function findKey(named: string): Promise<KeyPair> {
  if (/^\s*(\{|-----BEGIN )/.test(named)) return parsePrivateKey(named, KEY_VARIABLE);
  return /[/\\.]/.test(named) ? readKeyFile(named) : readKey(named);
}
