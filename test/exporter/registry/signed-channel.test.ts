import { describe, expect, test } from 'vitest';
import { signArtifact } from '../../../exporter/artifact/sign-artifact.ts';
import { verifyManifest } from '../../../exporter/contract/manifest.ts';
import { objectKey } from '../../../exporter/contract/object-key.ts';
import {
  parsePointer,
  serialisePointer,
  verifyPointer,
} from '../../../exporter/contract/pointer.ts';
import { promote } from '../../../exporter/registry/promote.ts';
import { publish } from '../../../exporter/registry/publish.ts';
import { publishNext } from '../../../exporter/registry/publish-next.ts';
import { rollback } from '../../../exporter/registry/rollback.ts';
import { verifyRegistry } from '../../../exporter/registry/verify.ts';
import { readVersion } from '../../../exporter/registry/version.ts';
import { UNSIGNED } from '../../../exporter/signing/signer.ts';
import { freshSigner, versionWithCard } from '../signed.ts';
import { MemoryStore } from './memory-store.ts';

const model = 'resnet18';
const channel = 'live';
const signer = await freshSigner();

const pointerOf = (store: MemoryStore) =>
  parsePointer(store.objects.get(objectKey.pointer(model, channel))!.bytes);

async function signedRegistry(versions = 2): Promise<MemoryStore> {
  const store = new MemoryStore();
  for (let version = 1; version <= versions; version++) {
    await publish(store, await versionWithCard(version, signer), { channel, signer });
  }
  return store;
}

describe('with a key', () => {
  test('every move of a channel is signed', async () => {
    const store = await signedRegistry();
    await promote(store, { model, channel, version: 1, signer });
    await verifyPointer(pointerOf(store), signer.trusted);
    expect(pointerOf(store)).toMatchObject({ version: 1, history: [1, 2], sequence: 3 });
    await rollback(store, { model, channel, signer });
    await verifyPointer(pointerOf(store), signer.trusted);
    expect(pointerOf(store)).toMatchObject({ version: 2, history: [1], sequence: 4 });
  });

  test('what is published again under the next number is signed anew, its card too', async () => {
    const store = await signedRegistry();
    const again = await versionWithCard(2, signer);
    expect(await publishNext(store, again, { channel, signer })).toMatchObject({
      version: 3,
      previous: 2,
      served: true,
    });
    const { manifest, card } = await readVersion(store, model, 3);
    await verifyManifest(manifest, signer.trusted);
    expect(manifest).toMatchObject({ version: 3, parent: 1 });
    expect(card!.card).toMatchObject({ version: 3, fixes: [{ id: 'a1b2c3' }] });
    expect((await verifyRegistry(store, { trusted: signer.trusted })).faults).toEqual([]);
  });

  test('a channel that was not signed yet is signed from then on, its history kept', async () => {
    const store = new MemoryStore();
    const versions = [await versionWithCard(1, UNSIGNED), await versionWithCard(2, UNSIGNED)];
    for (const artifact of versions) await publish(store, artifact, { channel });
    const third = await versionWithCard(3, signer);
    await publish(store, third, { channel, signer });
    await verifyPointer(pointerOf(store), signer.trusted);
    expect(pointerOf(store)).toMatchObject({ version: 3, history: [1, 2], sequence: 3 });
    await expect(rollback(store, { model, channel, signer })).rejects.toMatchObject({
      code: 'SIGNATURE_MISSING',
    });
  });
});

describe('keys are replaced', () => {
  test('while both are trusted', async () => {
    const store = await signedRegistry();
    const next = await freshSigner();
    const both = { key: next.key, trusted: [...signer.trusted, ...next.trusted] };
    await publish(store, await versionWithCard(3, next), { channel, signer: both });
    expect(pointerOf(store).signature!.keyId).toBe(next.key!.keyId);
    await rollback(store, { model, channel, signer: both });
    expect(pointerOf(store)).toMatchObject({ version: 2 });
    expect((await verifyRegistry(store, { trusted: both.trusted })).faults).toEqual([]);
  });

  test('and a writer who does not know the old one leaves the channel alone', async () => {
    const store = await signedRegistry();
    const stranger = await freshSigner();
    const before = store.objects.get(objectKey.pointer(model, channel));
    const third = await versionWithCard(3, stranger);
    for (const attempt of [
      () => publish(store, third, { channel, signer: stranger }),
      () => rollback(store, { model, channel, signer: stranger }),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'KEY_UNTRUSTED' });
    }
    expect(store.objects.get(objectKey.pointer(model, channel))).toBe(before);
  });
});

describe('with keys in use', () => {
  test('nothing unsigned is written', async () => {
    const store = await signedRegistry();
    const before = store.snapshot();
    const unsigned = await versionWithCard(3, UNSIGNED);
    const signed = await versionWithCard(3, signer);
    const attempts: [() => Promise<unknown>, string][] = [
      [() => publish(store, unsigned, { channel, signer }), 'ARTIFACT_UNSIGNED'],
      [
        () => publish(store, { ...signed, card: unsigned.card }, { channel, signer }),
        'ARTIFACT_UNSIGNED',
      ],
      [() => publishNext(store, unsigned, { channel, signer }), 'ARTIFACT_UNSIGNED'],
      [() => publish(store, signed, { channel }), 'KEY_REQUIRED'],
      [() => promote(store, { model, channel, version: 1 }), 'KEY_REQUIRED'],
      [() => rollback(store, { model, channel }), 'KEY_REQUIRED'],
    ];
    for (const [attempt, code] of attempts) await expect(attempt()).rejects.toMatchObject({ code });
    expect(store.snapshot()).toEqual(before);
  });

  test('an unsigned version is stored, if at all, where no signed channel serves it', async () => {
    const store = await signedRegistry();
    const unsigned = await versionWithCard(3, UNSIGNED);
    await expect(publish(store, unsigned, { channel })).rejects.toMatchObject({
      code: 'KEY_REQUIRED',
    });
    expect(pointerOf(store).version).toBe(2);
    await expect(promote(store, { model, channel, version: 3, signer })).rejects.toMatchObject({
      code: 'SIGNATURE_MISSING',
    });
  });

  test('an artifact of a stranger is not published', async () => {
    const store = await signedRegistry();
    const before = store.snapshot();
    const { key } = await freshSigner();
    const forged = await signArtifact(await versionWithCard(3, signer), key!);
    await expect(publish(store, forged, { channel, signer })).rejects.toMatchObject({
      code: 'KEY_UNTRUSTED',
    });
    expect(store.snapshot()).toEqual(before);
  });

  test('a pointer that somebody changed is replaced, and never gone on from', async () => {
    const store = await signedRegistry();
    const forged = { ...pointerOf(store), sequence: 40, history: [7, 7, 7] };
    await store.put(objectKey.pointer(model, channel), serialisePointer(forged));
    await expect(rollback(store, { model, channel, signer })).rejects.toMatchObject({
      code: 'SIGNATURE_INVALID',
    });
    await publish(store, await versionWithCard(3, signer), { channel, signer });
    expect(pointerOf(store)).toMatchObject({ version: 3, history: [], sequence: 41 });
    await verifyPointer(pointerOf(store), signer.trusted);
  });
});

test('a card that is published stays, whatever a later export measured', async () => {
  const store = await signedRegistry();
  const { card } = await versionWithCard(2, signer, 99);
  const again = { ...(await versionWithCard(2, signer)), card };
  const before = store.snapshot();
  expect(await publish(store, again, { channel, signer })).toMatchObject({ uploadedBytes: 0 });
  expect(store.snapshot()).toEqual(before);
  await store.put(objectKey.card(model, 2), Uint8Array.of(1));
  await publish(store, again, { channel, signer });
  expect((await readVersion(store, model, 2)).card!.card.forms[0]!.timings[0]!.milliseconds).toBe(
    99,
  );
});
