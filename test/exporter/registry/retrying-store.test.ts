import { describe, expect, test } from 'vitest';
import type { ObjectStore } from '../../../exporter/registry/object-store.ts';
import { RegistryError } from '../../../exporter/registry/registry-error.ts';
import { RetryingStore } from '../../../exporter/registry/retrying-store.ts';

const failure = () => new RegistryError('STORE_FAILED', 'the connection broke');

/** One object, whose writes fail `failures` times, before or after they take effect. */
function flaky(failures: number, when: 'before' | 'after') {
  const writes: string[] = [];
  let content: string | null = null;
  let version = 0;
  let left = failures;
  const store = {
    description: 'flaky',
    get: async () =>
      content === null
        ? null
        : { bytes: new TextEncoder().encode(content), etag: String(version), sha256: null },
    put: async (_: string, bytes: Uint8Array, condition?: object) => {
      const fails = left-- > 0;
      if (fails && when === 'before') throw failure();
      const expected = condition && ('ifMatch' in condition ? condition.ifMatch : null);
      if (condition && expected !== (content === null ? null : String(version))) return null;
      content = new TextDecoder().decode(bytes);
      writes.push(content);
      version++;
      if (fails) throw failure();
      return { etag: String(version) };
    },
  } as unknown as ObjectStore;
  return { store: new RetryingStore(store), writes };
}

const bytes = (text: string) => new TextEncoder().encode(text);

describe('a write that fails', () => {
  test.each(['before', 'after'] as const)('%s it takes effect is made once', async (when) => {
    const { store, writes } = flaky(2, when);
    expect(await store.put('key', bytes('a'), { ifNoneMatch: '*' })).toEqual({ etag: '1' });
    expect(writes).toEqual(['a']);
  });

  test('and whose condition somebody else broke is not made', async () => {
    const { store, writes } = flaky(0, 'before');
    await store.put('key', bytes('theirs'));
    expect(await store.put('key', bytes('mine'), { ifNoneMatch: '*' })).toBeNull();
    expect(writes).toEqual(['theirs']);
  });

  test('for good is given up', async () => {
    const { store } = flaky(Number.POSITIVE_INFINITY, 'before');
    await expect(store.put('key', bytes('a'))).rejects.toMatchObject({ code: 'STORE_FAILED' });
  });
});

test('an error that is no failure of the store is not repeated', async () => {
  let calls = 0;
  const store = new RetryingStore({
    description: 'broken',
    head: async () => {
      calls++;
      throw new TypeError('a defect');
    },
  } as unknown as ObjectStore);
  await expect(store.head('key')).rejects.toThrow('a defect');
  expect(calls).toBe(1);
});
