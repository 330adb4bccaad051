import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUCKET_BINDING } from '../../../exporter/registry/defaults.ts';
import { openLocalR2Store } from '../../../exporter/registry/local-r2-store.ts';
import type { ObjectStore } from '../../../exporter/registry/object-store.ts';
import { openStore, temporaryFolder } from './temporary-registry.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = async (store: ObjectStore, key: string) => {
  const object = await store.get(key);
  return object && new TextDecoder().decode(object.bytes);
};

describe('an object', () => {
  test('reads as it was written, until it is deleted', async () => {
    const store = await openStore(await temporaryFolder());
    expect(await store.get('a')).toBeNull();
    expect(await store.head('a')).toBeNull();
    const content = Uint8Array.from({ length: 3_000_000 }, (_, index) => (index * 7919) >> 3);
    const written = await store.put('a', content);
    const read = await store.get('a');
    expect(Buffer.compare(read!.bytes, content)).toBe(0);
    expect(read!.etag).toBe(written!.etag);
    expect(await store.head('a')).toEqual({
      size: 3_000_000,
      etag: written!.etag,
      sha256: read!.sha256,
      modified: read!.modified,
    });
    await store.delete('a');
    expect(await store.get('a')).toBeNull();
    await store.delete('a');
  });

  test('is written only under its condition', async () => {
    const store = await openStore(await temporaryFolder());
    expect(await store.put('a', bytes('0'), { ifMatch: 'none' })).toBeNull();
    const first = await store.put('a', bytes('1'), { ifNoneMatch: '*' });
    expect(await store.put('a', bytes('2'), { ifNoneMatch: '*' })).toBeNull();
    expect(await store.put('a', bytes('2'), { ifMatch: `${first!.etag}0` })).toBeNull();
    expect(await text(store, 'a')).toBe('1');
    const second = await store.put('a', bytes('2'), { ifMatch: first!.etag });
    expect(second!.etag).not.toBe(first!.etag);
    expect(await store.put('a', bytes('3'), { ifMatch: first!.etag })).toBeNull();
    expect(await text(store, 'a')).toBe('2');
  });

  test('is listed by its prefix, in order', async () => {
    const store = await openStore(await temporaryFolder());
    const keys = Array.from({ length: 12 }, (_, index) => `p/${String(index).padStart(4, '0')}`);
    await Promise.all(keys.toReversed().map((key) => store.put(key, bytes(key))));
    await store.put('q/other', bytes('no'));
    expect(await store.list('p/')).toEqual(keys);
    expect(await store.list('nothing/')).toEqual([]);
  });
});

describe('a folder', () => {
  test('keeps what is written after the store is closed', async () => {
    const folder = await temporaryFolder();
    const first = await openLocalR2Store({ folder });
    await first.put('a', bytes('kept'));
    await first.close();
    expect(await text(await openStore(folder), 'a')).toBe('kept');
  });

  test('loses no update of two stores that are opened and write at once', async () => {
    const folder = await temporaryFolder();
    const stores = await Promise.all([openStore(folder), openStore(folder)]);
    const updates = 25;
    await Promise.all(
      stores.map(async (store, writer) => {
        for (let done = 0; done < updates; ) {
          const object = await store.get('counter');
          const count = object ? Number.parseInt(new TextDecoder().decode(object.bytes), 10) : 0;
          const condition = object ? { ifMatch: object.etag } : { ifNoneMatch: '*' as const };
          if (await store.put('counter', bytes(`${count + 1} by ${writer}`), condition)) done++;
        }
      }),
    );
    expect(await text(stores[0]!, 'counter')).toMatch(`${2 * updates} by `);
  });
});

describe('what cannot be opened is a readable error', () => {
  test('a folder that is a file', async () => {
    const folder = join(await temporaryFolder(), 'file');
    await writeFile(folder, '');
    await expect(openLocalR2Store({ folder })).rejects.toMatchObject({
      name: 'RegistryError',
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining(folder),
    });
  });

  test('a folder whose database is not one', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'v3'), { recursive: true });
    await writeFile(join(folder, 'v3', 'r2'), 'not a folder');
    await expect(
      openLocalR2Store({ folder }).then((store) => store.get('a').finally(() => store.close())),
    ).rejects.toMatchObject({ name: 'RegistryError' });
  });

  test('a missing wrangler.toml', async () => {
    const folder = await temporaryFolder();
    const configPath = join(folder, 'wrangler.toml');
    await expect(openLocalR2Store({ folder, configPath })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining(configPath),
    });
  });

  test('a wrangler.toml without the bucket', async () => {
    const folder = await temporaryFolder();
    const configPath = join(folder, 'wrangler.toml');
    await writeFile(configPath, 'name = "other"\ncompatibility_date = "2026-11-01"\n');
    await expect(openLocalR2Store({ folder, configPath })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining(BUCKET_BINDING),
    });
  });
});
