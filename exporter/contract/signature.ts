import { z } from 'zod';
import { ContractError } from './contract-error.ts';
import { hexadecimal, sha256 } from './digest.ts';

const ALGORITHM = 'Ed25519';
const PUBLIC_KEY_BYTES = 32;

/** An Ed25519 signature (RFC 8032). Hexadecimal, so that it has exactly one spelling. */
export const SignatureSchema = z.strictObject({
  keyId: z.string().regex(/^[0-9a-f]{16}$/, 'expected 16 hexadecimal digits'),
  value: z.string().regex(/^[0-9a-f]{128}$/, 'expected 128 hexadecimal digits'),
});

export type Signature = z.infer<typeof SignatureSchema>;

/** A key of WebCrypto, whose type has a global name in workerd and none in Node. */
export type Ed25519Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** A public key that signatures are trusted by, and the id that they name it by. */
export interface TrustedKey {
  readonly keyId: string;
  readonly key: Ed25519Key;
}

/** What signs: the private half, and the id of the public one. */
export interface SigningKey {
  readonly keyId: string;
  readonly key: Ed25519Key;
}

/** The id of a public key: the first 16 digits of the SHA-256 of its 32 raw bytes. */
export async function keyIdOf(publicKey: Uint8Array): Promise<string> {
  return (await sha256(publicKey)).slice(0, 16);
}

/**
 * Reads a public key as it is configured: 64 hexadecimal digits.
 * @throws ContractError KEY_INVALID
 */
export async function importPublicKey(text: string): Promise<TrustedKey> {
  if (!/^[0-9a-f]{64}$/i.test(text)) {
    throw new ContractError(
      'KEY_INVALID',
      `A public key has ${2 * PUBLIC_KEY_BYTES} hexadecimal digits; "${text.slice(0, 80)}" is none. Copy it from "patchwork keys list".`,
    );
  }
  const raw = bytesOfHex(text);
  try {
    const key = await crypto.subtle.importKey('raw', raw, ALGORITHM, false, ['verify']);
    return { keyId: await keyIdOf(raw), key };
  } catch (cause) {
    throw new ContractError('KEY_INVALID', `"${text}" is no Ed25519 public key.`, { cause });
  }
}

/** Signs the bytes of a document whose `signature` is null. Deterministic (RFC 8032). */
export async function sign(unsigned: Uint8Array, { keyId, key }: SigningKey): Promise<Signature> {
  const value = await crypto.subtle.sign(ALGORITHM, key, unsigned as Uint8Array<ArrayBuffer>);
  return { keyId, value: hexadecimal(value) };
}

/**
 * Checks a document's signature by the keys that are trusted. With no key trusted, everything passes.
 * @param unsigned the document's bytes with its `signature` null
 * @param what names the document in errors
 * @throws ContractError SIGNATURE_MISSING, KEY_UNTRUSTED or SIGNATURE_INVALID
 */
export async function verifySignature(
  signature: Signature | null,
  unsigned: Uint8Array,
  trusted: readonly TrustedKey[],
  what: string,
): Promise<void> {
  if (trusted.length === 0) return;
  if (signature === null) {
    throw new ContractError(
      'SIGNATURE_MISSING',
      `The ${what} is not signed, and only signed ones are taken here; publish it again with a key.`,
    );
  }
  const by = trusted.find(({ keyId }) => keyId === signature.keyId);
  if (!by) {
    throw new ContractError(
      'KEY_UNTRUSTED',
      `The ${what} is signed by key ${signature.keyId}, which is not trusted here; trust its public key, or publish it again with a trusted one.`,
    );
  }
  const value = bytesOfHex(signature.value);
  const holds = await crypto.subtle.verify(
    ALGORITHM,
    by.key,
    value,
    unsigned as Uint8Array<ArrayBuffer>,
  );
  if (holds) return;
  throw new ContractError(
    'SIGNATURE_INVALID',
    `The ${what} is not what key ${signature.keyId} signed; publish it again.`,
  );
}

function bytesOfHex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
