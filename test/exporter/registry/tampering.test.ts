import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { partRecords } from '../../../exporter/artifact/artifact.ts';
import { parseCard, verifyCard } from '../../../exporter/contract/card.ts';
import { parseManifest, verifyManifest } from '../../../exporter/contract/manifest.ts';
import { objectKey } from '../../../exporter/contract/object-key.ts';
import { parsePointer, verifyPointer } from '../../../exporter/contract/pointer.ts';
import type { TrustedKey } from '../../../exporter/contract/signature.ts';
import { promote } from '../../../exporter/registry/promote.ts';
import { publish } from '../../../exporter/registry/publish.ts';
import { rollback } from '../../../exporter/registry/rollback.ts';
import { showVersion } from '../../../exporter/registry/show.ts';
import { verifyRegistry } from '../../../exporter/registry/verify.ts';
import { freshSigner, versionWithCard } from '../signed.ts';
import { MemoryStore } from './memory-store.ts';

const model = 'resnet18';
const channel = 'live';
const signer = await freshSigner();
const { trusted } = signer;
let intact: MemoryStore;

beforeAll(async () => {
  intact = new MemoryStore();
  for (const version of [1, 2]) {
    await publish(intact, await versionWithCard(version, signer), { channel, signer });
  }
});

const part = async () =>
  objectKey.part(partRecords((await versionWithCard(2, signer)).manifest)[0]!.sha256);

/** What readers on the edge do with a document. */
const readers: Record<string, (bytes: Uint8Array, keys: readonly TrustedKey[]) => Promise<void>> = {
  manifest: async (bytes, keys) => verifyManifest(parseManifest(bytes), keys),
  card: async (bytes, keys) => verifyCard(parseCard(bytes), keys),
  pointer: async (bytes, keys) => verifyPointer(parsePointer(bytes), keys),
};

const keys: Record<string, () => string | Promise<string>> = {
  manifest: () => objectKey.manifest(model, 2),
  card: () => objectKey.card(model, 2),
  pointer: () => objectKey.pointer(model, channel),
  weights: part,
};

describe.each(Object.keys(keys))('any changed byte of the %s is refused', (kind) => {
  test('by verify, and by readers that trust keys', async () => {
    const key = await keys[kind]!();
    const { bytes, modified } = intact.objects.get(key)!;
    const signature = Buffer.from(bytes).indexOf('"signature"');
    const anywhere = fc.nat(bytes.length - 1);
    const position =
      signature < 0
        ? anywhere
        : fc.oneof(anywhere, fc.integer({ min: signature, max: bytes.length - 1 }));
    await fc.assert(
      fc.asyncProperty(position, fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const damaged = bytes.slice();
        damaged[at]! ^= change;
        const store = intact.copy();
        await store.put(key, damaged);
        // As somebody who may write to the bucket leaves it: with the digest that fits.
        const { faults } = await verifyRegistry(store, { trusted });
        expect(faults.length).toBeGreaterThan(0);
        await readers[kind]?.(damaged, trusted).then(
          () => expect.fail(`byte ${at} was changed by ${change}`),
          () => {},
        );
        // As a disk leaves it: with the digest that it had; found without any key.
        store.objects.set(key, { ...intact.objects.get(key)!, bytes: damaged, modified });
        expect((await verifyRegistry(store, { trusted: [] })).faults.length).toBeGreaterThan(0);
      }),
      { numRuns: 60 },
    );
  });

  test('also when it is cut short or longer', async () => {
    const key = await keys[kind]!();
    const { bytes } = intact.objects.get(key)!;
    for (const other of [bytes.slice(1), bytes.slice(0, -1), Uint8Array.from([...bytes, 32])]) {
      const store = intact.copy();
      await store.put(key, other);
      expect((await verifyRegistry(store, { trusted })).faults.length).toBeGreaterThan(0);
    }
  });
});

test('nothing is wrong with a registry that nobody touched', async () => {
  const found = await verifyRegistry(intact, { trusted });
  expect(found).toMatchObject({ versions: 2, channels: 1, parts: 2, faults: [] });
  expect(await verifyRegistry(intact, { trusted, model, version: 2 })).toMatchObject({
    versions: 1,
    channels: 0,
    parts: 1,
    faults: [],
  });
});

describe('verify finds', () => {
  const faultsAfter = async (change: (store: MemoryStore) => Promise<unknown>) => {
    const store = intact.copy();
    await change(store);
    return (await verifyRegistry(store, { trusted })).faults;
  };

  test('what another key signed', async () => {
    const stranger = await freshSigner();
    const { faults } = await verifyRegistry(intact, { trusted: stranger.trusted });
    expect(faults.map(({ subject, code }) => [subject, code])).toEqual([
      ['version 1', 'KEY_UNTRUSTED'],
      ['version 1', 'KEY_UNTRUSTED'],
      ['version 2', 'KEY_UNTRUSTED'],
      ['version 2', 'KEY_UNTRUSTED'],
      ['channel live', 'KEY_UNTRUSTED'],
    ]);
  });

  test('what nobody signed', async () => {
    const unsigned = new MemoryStore();
    await publish(unsigned, await versionWithCard(1, { key: null }), { channel });
    const { faults } = await verifyRegistry(unsigned, { trusted });
    expect(new Set(faults.map(({ code }) => code))).toEqual(new Set(['SIGNATURE_MISSING']));
    expect((await verifyRegistry(unsigned, { trusted: [] })).faults).toEqual([]);
  });

  test.each<[string, (store: MemoryStore) => Promise<unknown>, RegExp]>([
    [
      'a part that is missing',
      async (store) => store.delete(await part()),
      /^version 2: OBJECT_DAMAGED.*missing/,
    ],
    [
      'a parent that is missing',
      async (store) => store.delete(objectKey.manifest(model, 1)),
      /version 2: PARENT_MISSING/,
    ],
    [
      'a history that names what is missing',
      async (store) => store.delete(objectKey.manifest(model, 1)),
      /channel live: POINTER_INVALID.*history names 1/,
    ],
    [
      'a signed manifest in the place of another',
      async (store) =>
        store.put(
          objectKey.manifest(model, 2),
          store.objects.get(objectKey.manifest(model, 1))!.bytes,
        ),
      /version 2: OBJECT_DAMAGED.*describes version 1/,
    ],
    [
      'a signed pointer in the place of another',
      async (store) =>
        store.put(
          objectKey.pointer(model, 'other'),
          store.objects.get(objectKey.pointer(model, channel))!.bytes,
        ),
      /channel other: POINTER_INVALID.*pointer of channel "live"/,
    ],
    [
      'a signed card in the place of another',
      async (store) =>
        store.put(objectKey.card(model, 2), store.objects.get(objectKey.card(model, 1))!.bytes),
      /version 2: OBJECT_DAMAGED.*another manifest/,
    ],
  ])('%s', async (_, change, said) => {
    const lines = (await faultsAfter(change)).map(
      ({ subject, code, message }) => `${subject}: ${code}: ${message}`,
    );
    expect(
      lines.some((line) => said.test(line)),
      lines.join('\n'),
    ).toBe(true);
  });
});

describe('a version that was tampered with is neither shown, promoted nor gone back to', () => {
  test('when its manifest is signed by a stranger', async () => {
    const stranger = await freshSigner();
    const forged = await versionWithCard(1, stranger);
    const store = intact.copy();
    await store.put(objectKey.manifest(model, 1), forged.manifestBytes);
    const refusal = { code: 'KEY_UNTRUSTED' };
    await store.delete(objectKey.card(model, 1));
    await expect(showVersion(store, model, 1, trusted)).rejects.toMatchObject(refusal);
    await expect(promote(store, { model, channel, version: 1, signer })).rejects.toMatchObject(
      refusal,
    );
    await expect(rollback(store, { model, channel, signer })).rejects.toMatchObject(refusal);
  });
});
