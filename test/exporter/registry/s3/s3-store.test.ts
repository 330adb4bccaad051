import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { buildArtifact } from '../../../../exporter/artifact/build-artifact.ts';
import { sha256 } from '../../../../exporter/contract/digest.ts';
import { objectKey } from '../../../../exporter/contract/object-key.ts';
import { collectGarbage } from '../../../../exporter/registry/collect-garbage.ts';
import type { ObjectStore } from '../../../../exporter/registry/object-store.ts';
import { publish } from '../../../../exporter/registry/publish.ts';
import { rollback } from '../../../../exporter/registry/rollback.ts';
import { openS3Store } from '../../../../exporter/registry/s3/s3-store.ts';
import { verifyRegistry } from '../../../../exporter/registry/verify.ts';
import { randomValues, smallContent } from '../../small-classifier.ts';
import { expectConsistent } from '../consistency.ts';
import { BUCKET, ENVIRONMENT, S3Front } from './s3-front.ts';

const PIECE = 50_000;

let folder: string;
let front: S3Front;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchwork-s3-'));
  front = await S3Front.start(folder);
});
afterAll(async () => {
  await front.stop();
  await rm(folder, { recursive: true, force: true });
});
afterEach(() => {
  for (const whim of Object.keys(front.whims)) delete front.whims[whim as keyof typeof front.whims];
});

/** Whether work with a store of its own stops before its n-th request, as if the process had ended. */
async function killedBefore(
  step: number,
  work: (store: ObjectStore) => Promise<unknown>,
): Promise<boolean> {
  const store = await open();
  let requests = 0;
  const killed = new Promise<boolean>((resolve) => {
    front.whims.fate = () => {
      if (++requests < step) return undefined;
      resolve(true);
      return 'hangs';
    };
  });
  const stopped = await Promise.race([
    killed,
    work(store).then(
      () => false,
      () => true,
    ),
  ]);
  delete front.whims.fate;
  return stopped;
}

const open = () => openS3Store(front.location, ENVIRONMENT, PIECE);
const bytes = (text: string) => new TextEncoder().encode(text);

describe('an object behind the S3 API', () => {
  test('reads as it was written, under its condition, until it is deleted', async () => {
    const store = await open();
    expect(await store.get('o/a')).toBeNull();
    expect(await store.head('o/a')).toBeNull();
    const first = await store.put('o/a', bytes('first'), { ifNoneMatch: '*' });
    expect(await store.put('o/a', bytes('x'), { ifNoneMatch: '*' })).toBeNull();
    expect(await store.put('o/a', bytes('x'), { ifMatch: '"0123"' })).toBeNull();
    expect(await store.put('o/b', bytes('x'), { ifMatch: first!.etag })).toBeNull();
    const read = await store.get('o/a');
    expect(new TextDecoder().decode(read!.bytes)).toBe('first');
    expect(read).toMatchObject({ etag: first!.etag, sha256: await sha256(bytes('first')) });
    expect(Math.abs(read!.modified.getTime() - Date.now())).toBeLessThan(600_000);
    const { etag, sha256: recorded } = read!;
    expect(await store.head('o/a')).toMatchObject({ size: 5, etag, sha256: recorded });
    const second = await store.put('o/a', bytes('second'), { ifMatch: first!.etag });
    expect(second!.etag).not.toBe(first!.etag);
    await store.delete('o/a');
    expect(await store.get('o/a')).toBeNull();
    await store.delete('o/a');
    expect(await store.list('probes/')).toEqual([]);
  });

  test('is listed by its prefix, in order, over several pages', async () => {
    const store = await open();
    const keys = Array.from({ length: 12 }, (_, index) => `p/${String(index).padStart(4, '0')}`);
    for (const key of keys.toReversed()) await store.put(key, bytes(key));
    expect(await store.list('p/')).toEqual(keys);
    expect(await store.list('nothing/')).toEqual([]);
  });
});

test('a registry lives behind the S3 API: publishing, rolling back, verifying', async () => {
  const store = await open();
  const versions = [await buildArtifact(smallContent(1)), await buildArtifact(smallContent(2))];
  for (const artifact of versions) await publish(store, artifact, { channel: 'live' });
  await expectConsistent(store, 'resnet18');
  expect(await rollback(store, { model: 'resnet18', channel: 'live' })).toMatchObject({
    from: 2,
    to: 1,
  });
  expect(await verifyRegistry(store, { trusted: [] })).toMatchObject({
    versions: 2,
    channels: 1,
    parts: 2,
    faults: [],
  });
});

test('two publishers that move a channel at once never overwrite each other', async () => {
  const [one, two] = [await open(), await open()];
  const updates = 6;
  await Promise.all(
    [one, two].map(async (store) => {
      for (let done = 0; done < updates; ) {
        const object = await store.get('counter');
        const count = object ? Number(new TextDecoder().decode(object.bytes)) : 0;
        const condition = object ? { ifMatch: object.etag } : { ifNoneMatch: '*' as const };
        if (await store.put('counter', bytes(String(count + 1)), condition)) done++;
      }
    }),
  );
  expect(new TextDecoder().decode((await one.get('counter'))!.bytes)).toBe(String(2 * updates));
});

describe('a large part', () => {
  const SIZE = 2.5 * PIECE;
  const large = async (seed: number) => {
    const content = new Uint8Array(SIZE);
    content.set(new Uint8Array(randomValues(1000, seed).buffer));
    return { content, key: objectKey.part(await sha256(content)) };
  };
  const sent = () => front.requests.filter((request) => request.includes('partNumber')).length;

  test('goes up in pieces, the one that fails again', async () => {
    const { content, key } = await large(1);
    const store = await open();
    let failures = 0;
    front.whims.fate = ({ url }) =>
      url!.includes('partNumber=2') && failures++ < 2
        ? failures === 1
          ? 'fails'
          : 'is lost'
        : undefined;
    const before = sent();
    await store.put(key, content, { ifNoneMatch: '*' });
    expect(sent() - before).toBe(5);
    expect(Buffer.compare((await store.get(key))!.bytes, content)).toBe(0);
    expect(front.uploads.size).toBe(0);
    expect(await store.put(key, content, { ifNoneMatch: '*' })).toBeNull();
  });

  test('that broke off before any request goes on from where it was', async () => {
    const { content, key } = await large(2);
    const store = await open();
    await store.put('warm', content.subarray(0, 1), { ifNoneMatch: '*' });
    for (let step = 1, stopped = true; stopped; step++) {
      stopped = await killedBefore(step, (killed) => killed.put(key, content));
      const present = [...front.uploads.values()][0]?.pieces.size ?? 0;
      const before = sent();
      const whole = (await store.head(key)) !== null;
      if (!whole) await store.put(key, content);
      expect(sent() - before).toBe(whole ? 0 : 3 - present);
      expect(front.uploads.size).toBe(0);
      expect(Buffer.compare((await store.get(key))!.bytes, content)).toBe(0);
      await store.delete(key);
      expect(stopped || step > 6).toBe(true);
    }
  }, 120_000);

  test('whose upload nobody completes is garbage after a while, and not before', async () => {
    const { content, key } = await large(3);
    const store = await open();
    front.whims.fate = ({ url, method }) =>
      method === 'POST' && url!.includes('uploadId') ? 'fails' : undefined;
    await expect(store.put(key, content)).rejects.toMatchObject({ code: 'STORE_FAILED' });
    delete front.whims.fate;
    const [past, future] = [new Date(Date.now() - 60_000), new Date(Date.now() + 60_000)];
    expect(await collectGarbage(store, { before: past, dryRun: false })).toMatchObject({
      uploads: [],
    });
    const found = await collectGarbage(store, { before: future, dryRun: true });
    expect(found.uploads).toMatchObject([{ key }]);
    expect(front.uploads.size).toBe(1);
    await collectGarbage(store, { before: future, dryRun: false });
    expect(front.uploads.size).toBe(0);
    front.whims.hidesUploads = true;
    expect(await store.uploads()).toBeNull();
    await store.put(key, content);
    expect(Buffer.compare((await store.get(key))!.bytes, content)).toBe(0);
  });
});

describe('what a store does not do is a readable error', () => {
  test('keeping to conditions', async () => {
    const store = await open();
    const artifact = await buildArtifact({ ...smallContent(1), model: 'careless' });
    const before = await store.list('');
    front.whims.ignoresConditions = true;
    await expect(publish(await open(), artifact, { channel: 'live' })).rejects.toMatchObject({
      name: 'RegistryError',
      code: 'CONDITIONS_IGNORED',
    });
    expect(await store.list('')).toEqual(before);
  });

  test('knowing the secret', async () => {
    const store = await openS3Store(front.location, { ...ENVIRONMENT, AWS_SECRET_ACCESS_KEY: 'x' });
    await expect(store.list('')).rejects.toMatchObject({
      code: 'STORE_REFUSED',
      message: expect.stringContaining('SignatureDoesNotMatch'),
    });
  });

  test('having the bucket', async () => {
    const store = await openS3Store(front.location.replace(BUCKET, 'another'), ENVIRONMENT);
    await expect(store.get('a')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  test('being there at all', async () => {
    const store = await openS3Store('s3://b?endpoint=http://127.0.0.1:9', ENVIRONMENT);
    await expect(store.get('a')).rejects.toMatchObject({ code: 'STORE_FAILED' });
  });

  test.each(['s3://', 's3://b/prefix', 's3://b?endpoint=ftp://x', 's3://b?color=red'])(
    'the location %s',
    async (location) => {
      await expect(openS3Store(location, ENVIRONMENT)).rejects.toMatchObject({
        code: 'LOCATION_INVALID',
      });
    },
  );

  test('no credentials', async () => {
    await expect(openS3Store('s3://b', {})).rejects.toMatchObject({ code: 'CREDENTIALS_MISSING' });
  });
});
