import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { keyIdOf, type SigningKey } from '../contract/signature.ts';
import { KeyError } from './key-error.ts';

/** A key pair as it is used: what signs, and the public key in the spelling that readers are given. */
export interface KeyPair {
  readonly signing: SigningKey;
  /** 64 hexadecimal digits. */
  readonly publicKey: string;
}

/** A new random Ed25519 private key, as the text of a key file: a JSON Web Key (RFC 8037). */
export function generatePrivateKey(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return `${JSON.stringify(privateKey.export({ format: 'jwk' }), null, 2)}\n`;
}

/**
 * Reads an Ed25519 private key: a JSON Web Key, as `patchwork keys new` writes it, or PKCS #8 in PEM, as
 * `openssl genpkey -algorithm ed25519` does.
 * @param where what holds it, for the error, which never shows the text
 * @throws KeyError KEY_UNREADABLE
 */
export async function parsePrivateKey(text: string, where: string): Promise<KeyPair> {
  try {
    // The public half comes from the private one, whatever the file says of it.
    const jwk = keyObject(text).export({ format: 'jwk' });
    if (jwk.crv !== 'Ed25519') throw new Error('another kind of key');
    const key = await crypto.subtle.importKey('jwk', jwk, 'Ed25519', false, ['sign']);
    const raw = Buffer.from(jwk.x!, 'base64url');
    return { signing: { keyId: await keyIdOf(raw), key }, publicKey: raw.toString('hex') };
  } catch {
    // Without its cause, which may quote the key.
    throw new KeyError(
      'KEY_UNREADABLE',
      `${where} holds no Ed25519 private key; make one with "patchwork keys new".`,
    );
  }
}

function keyObject(text: string): KeyObject {
  if (!text.trimStart().startsWith('{')) return createPrivateKey(text);
  return createPrivateKey({ key: JSON.parse(text), format: 'jwk' });
}
