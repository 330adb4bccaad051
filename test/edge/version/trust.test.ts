import { createExecutionContext, reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it } from 'vitest';
import { ChannelStore } from '../../../edge/version/channel-store.ts';
import { replaceBy } from '../../../edge/version/move.ts';
import { Turnstile } from '../../../edge/version/turnstile.ts';
import { VersionSwitch } from '../../../edge/version/version-switch.ts';
import { hexadecimal } from '../../../exporter/contract/digest.ts';
import { type Manifest, unsignedManifest } from '../../../exporter/contract/manifest.ts';
import {
  advancePointer,
  type Pointer,
  serialisePointer,
  unsignedPointer,
} from '../../../exporter/contract/pointer.ts';
import { keyIdOf, type SigningKey, sign } from '../../../exporter/contract/signature.ts';
import { answeredBy, currentPointer, pointTo, storeMember } from '../family.ts';
import { expectProblem, TestIsolate } from '../isolate.ts';
import { MODEL, POINTER_KEY } from '../registry.ts';

afterEach(reset);

async function newKey(): Promise<{ signing: SigningKey; text: string }> {
  const pair = (await crypto.subtle.generateKey('Ed25519', true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair;
  const raw = (await crypto.subtle.exportKey('raw', pair.publicKey)) as ArrayBuffer;
  const keyId = await keyIdOf(new Uint8Array(raw));
  return { signing: { keyId, key: pair.privateKey }, text: hexadecimal(raw) };
}

const signedBy = (key: SigningKey) => async (manifest: Manifest) => ({
  ...manifest,
  signature: await sign(unsignedManifest(manifest), key),
});

async function signPointer(pointer: Pointer, key: SigningKey): Promise<Pointer> {
  return { ...pointer, signature: await sign(unsignedPointer(pointer), key) };
}

async function nextPointer(version: number, manifestSha256: string): Promise<Pointer> {
  const name = { model: MODEL, channel: 'live' };
  return advancePointer(await currentPointer(), name, { version, manifestSha256 });
}

async function publishSigned(version: number, key: SigningKey): Promise<void> {
  const digest = await storeMember(version, ['fp32 ort'], signedBy(key));
  const pointer = await signPointer(await nextPointer(version, digest), key);
  await env.MODELS.put(POINTER_KEY, serialisePointer(pointer));
}

async function expectRefused(isolate: TestIsolate, code: string): Promise<void> {
  await answeredBy(isolate);
  expect(await answeredBy(isolate)).toBe(1);
  expect((await isolate.versions()).swap).toMatchObject({ state: 'failed', code });
}

describe('a worker with trusted keys', () => {
  it('serves what any of them signed', async () => {
    const [first, second] = [await newKey(), await newKey()];
    const isolate = new TestIsolate({ TRUSTED_KEYS: `${first.text}, ${second.text}` });
    await publishSigned(1, first.signing);
    expect(await answeredBy(isolate)).toBe(1);
    await publishSigned(2, second.signing);
    await answeredBy(isolate);
    expect(await answeredBy(isolate)).toBe(2);
  });

  it('loads nothing that is unsigned, signed by others or changed', async () => {
    const [trusted, other] = [await newKey(), await newKey()];
    const isolate = new TestIsolate({ TRUSTED_KEYS: trusted.text });
    await publishSigned(1, trusted.signing);
    await answeredBy(isolate);

    const unsigned = await storeMember(2, ['fp32 ort']);
    const pointer = await nextPointer(2, unsigned);
    const put = (next: Pointer) => env.MODELS.put(POINTER_KEY, serialisePointer(next));
    const first = (await currentPointer())!;
    await put(pointer);
    await expectRefused(isolate, 'SIGNATURE_MISSING');
    await put(await signPointer(pointer, other.signing));
    await expectRefused(isolate, 'KEY_UNTRUSTED');
    await put({ ...(await signPointer(pointer, trusted.signing)), sequence: 9 });
    await expectRefused(isolate, 'SIGNATURE_INVALID');
    await put(await signPointer(pointer, trusted.signing));
    await expectRefused(isolate, 'SIGNATURE_MISSING');
    await put(first);
  });

  it('is moved by signed pointers alone', async () => {
    const { signing, text } = await newKey();
    await publishSigned(1, signing);
    const digest = await storeMember(2, ['fp32 ort'], signedBy(signing));
    const isolate = new TestIsolate({ TRUSTED_KEYS: text });
    await answeredBy(isolate);
    await expectProblem(await isolate.admin('pointer', { version: 2 }), 422, 'POINTER_REFUSED');

    const store = new ChannelStore(env.MODELS, MODEL, 'live', [text]);
    const options = { pointerTtlMs: 0, heapCapBytes: 2 ** 26, precisions: ['fp32'] as const };
    const versions = new VersionSwitch(store, new Turnstile(), options);
    const context = createExecutionContext();
    const next = await nextPointer(2, digest);
    await expect(versions.promote(context, replaceBy(next))).rejects.toMatchObject({
      code: 'POINTER_REFUSED',
    });
    const signed = await signPointer(next, signing);
    expect(await versions.promote(context, replaceBy(signed))).toBe(2);
    expect(await currentPointer()).toEqual(signed);
    await expect(versions.promote(context, replaceBy(signed))).rejects.toMatchObject({
      code: 'POINTER_CONFLICT',
    });
  });
});

describe('a pointer', () => {
  it('older than one that was followed is refused', async () => {
    const isolate = new TestIsolate();
    await pointTo(2, await storeMember(2, ['fp32 ort']));
    const old = serialisePointer((await currentPointer())!);
    await pointTo(1, await storeMember(1, ['fp32 ort']));
    await answeredBy(isolate);
    await env.MODELS.put(POINTER_KEY, old);
    await expectRefused(isolate, 'POINTER_REPLAYED');
  });

  it.each([{ model: 'another' }, { channel: 'staging' }])('of %o is refused', async (change) => {
    const isolate = new TestIsolate();
    await pointTo(1, await storeMember(1, ['fp32 ort']));
    await answeredBy(isolate);
    const next = await nextPointer(2, await storeMember(2, ['fp32 ort']));
    await env.MODELS.put(POINTER_KEY, serialisePointer({ ...next, ...change }));
    await expectRefused(isolate, 'POINTER_MISPLACED');
  });
});
