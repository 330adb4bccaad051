import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it } from 'vitest';
import { objectKey } from '../../../exporter/contract/object-key.ts';
import { advancePointer, serialisePointer } from '../../../exporter/contract/pointer.ts';
import { TestIsolate } from '../isolate.ts';
import { MODEL, POINTER_KEY } from '../registry.ts';

afterEach(reset);

const ascending = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** Stores what a listing tells versions by, with their cards. */
async function storeKeys(versions: number): Promise<void> {
  for (const version of ascending(versions)) {
    await Promise.all([
      env.MODELS.put(objectKey.manifest(MODEL, version), '{}'),
      env.MODELS.put(objectKey.card(MODEL, version), '{}'),
    ]);
  }
}

describe('the versions of GET /versions', () => {
  it('begin 500 before that of the channel, and end with the newest', async () => {
    await storeKeys(520);
    const name = { model: MODEL, channel: 'live' };
    const reference = { version: 510, manifestSha256: '0'.repeat(64) };
    await env.MODELS.put(POINTER_KEY, serialisePointer(advancePointer(null, name, reference)));
    const { versions } = await new TestIsolate().versions();
    expect(versions?.map(({ version }) => version)).toEqual(ascending(520).slice(10).reverse());
  });
});
