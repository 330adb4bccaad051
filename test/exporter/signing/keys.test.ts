import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sign } from '../../../exporter/contract/signature.ts';
import { createKey, keyFolder, listKeys, readKey } from '../../../exporter/signing/key-folder.ts';
import { parsePrivateKey } from '../../../exporter/signing/private-key.ts';
import { resolveSigner } from '../../../exporter/signing/signer.ts';

let configuration: string;
let folder: string;
beforeEach(async () => {
  configuration = await mkdtemp(join(tmpdir(), 'patchwork-keys-'));
  folder = keyFolder({ XDG_CONFIG_HOME: configuration });
});
afterEach(() => rm(configuration, { recursive: true, force: true }));

const message = new TextEncoder().encode('a message');

/** Checks a signature by Node's own cryptography. */
function holds(publicKey: string, value: string): boolean {
  const x = Buffer.from(publicKey, 'hex').toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return verify(null, message, key, Buffer.from(value, 'hex'));
}

describe('a new key', () => {
  test('lies where only its owner reads it, and signs what its public half checks', async () => {
    const created = await createKey('release', folder);
    expect(created.path.startsWith(configuration)).toBe(true);
    expect((await stat(created.path)).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect(created.publicKey).toMatch(/^[0-9a-f]{64}$/);
    const read = await readKey('release', folder);
    const { keyId, value } = await sign(message, read.signing);
    expect(keyId).toBe(created.signing.keyId);
    expect(holds(created.publicKey, value)).toBe(true);
    expect(holds((await createKey('other', folder)).publicKey, value)).toBe(false);
    expect((await listKeys(folder)).map(({ name }) => name)).toEqual(['other', 'release']);
  });

  test('never takes the place of another', async () => {
    const { path } = await createKey('release', folder);
    const before = await readFile(path, 'utf8');
    await expect(createKey('release', folder)).rejects.toMatchObject({ code: 'KEY_TAKEN' });
    expect(await readFile(path, 'utf8')).toBe(before);
  });

  test('is not put into a git repository, however deep', async () => {
    await mkdir(join(configuration, '.git'));
    await expect(createKey('release', folder)).rejects.toMatchObject({
      code: 'KEY_IN_REPOSITORY',
      message: expect.stringContaining(configuration),
    });
    expect(await listKeys(folder)).toEqual([]);
  });

  test.each(['', '../escape', 'Release', 'a/b'])('is not called %j', async (name) => {
    await expect(createKey(name, folder)).rejects.toMatchObject({ code: 'KEY_NAME_INVALID' });
  });
});

describe('a key file', () => {
  test('may be PKCS #8 in PEM', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
    const read = await parsePrivateKey(pem, 'key.pem');
    const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url');
    expect(read.publicKey).toBe(raw.toString('hex'));
    const { value } = await sign(message, read.signing);
    expect(verify(null, message, publicKey, Buffer.from(value, 'hex'))).toBe(true);
  });

  test('gives the public half of its private one, whatever it says', async () => {
    const { path, publicKey } = await createKey('release', folder);
    const jwk = JSON.parse(await readFile(path, 'utf8'));
    const lying = JSON.stringify({ ...jwk, x: Buffer.alloc(32, 7).toString('base64url') });
    expect((await parsePrivateKey(lying, 'key')).publicKey).toBe(publicKey);
  });

  test('that others may read is refused', async () => {
    const { path } = await createKey('release', folder);
    await chmod(path, 0o644);
    await expect(readKey('release', folder)).rejects.toMatchObject({ code: 'KEY_EXPOSED' });
  });

  test.each([
    ['nothing', ''],
    ['text', 'secret text'],
    ['JSON', '{"secret": "text"}'],
    ['half a key', '{"kty":"OKP","crv":"Ed25519","x":"secret"}'],
    [
      'an RSA key',
      generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({
        format: 'pem',
        type: 'pkcs8',
      }) as string,
    ],
  ])('with %s is refused, without being quoted', async (_, text) => {
    const refused = await parsePrivateKey(text, 'the file').catch((error) => error);
    expect(refused).toMatchObject({ name: 'KeyError', code: 'KEY_UNREADABLE' });
    expect(refused.message + String(refused.cause ?? '')).not.toContain('secret');
  });
});

describe('who signs', () => {
  const publicKey = 'ab'.repeat(32);

  test('is nobody, who trusts nobody, where nothing is named', async () => {
    expect(await resolveSigner({}, {})).toEqual({ key: null, trusted: [] });
  });

  test('is the key of a file, or in the environment by its text', async () => {
    const { path, signing } = await createKey('release', folder);
    for (const signer of [
      await resolveSigner({ key: path }, {}),
      await resolveSigner({}, { PATCHWORK_KEY: path }),
      await resolveSigner({}, { PATCHWORK_KEY: await readFile(path, 'utf8') }),
    ]) {
      expect(signer.key!.keyId).toBe(signing.keyId);
      expect(signer.trusted.map(({ keyId }) => keyId)).toContain(signing.keyId);
    }
  });

  test('trusts the keys that are listed, by option and environment', async () => {
    const { publicKey: other } = await createKey('release', folder);
    const { key, trusted } = await resolveSigner(
      { trust: [publicKey] },
      { PATCHWORK_TRUSTED_KEYS: `${other},\n ${publicKey}` },
    );
    expect(key).toBeNull();
    expect(trusted).toHaveLength(2);
    await expect(resolveSigner({ trust: ['abc'] }, {})).rejects.toMatchObject({
      code: 'KEY_INVALID',
    });
  });

  test('is asked for by a name that there is', async () => {
    await expect(resolveSigner({ key: '/nowhere/key.jwk' }, {})).rejects.toMatchObject({
      code: 'KEY_MISSING',
    });
  });
});
