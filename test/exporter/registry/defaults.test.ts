import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { unstable_readConfig } from 'wrangler';
import { bucketName } from '../../../exporter/registry/bucket-name.ts';
import { BUCKET_BINDING, REGISTRY_DEFAULTS } from '../../../exporter/registry/defaults.ts';

test('wrangler.toml serves what the registry publishes by default', async () => {
  const path = fileURLToPath(new URL('../../../wrangler.toml', import.meta.url));
  const config = unstable_readConfig({ config: path });
  expect(config.r2_buckets.map(({ binding }: { binding: string }) => binding)).toEqual([
    BUCKET_BINDING,
  ]);
  expect(await bucketName(path)).toBe(config.r2_buckets[0]!.bucket_name);
  expect(config.vars).toMatchObject({
    MODEL: REGISTRY_DEFAULTS.model,
    CHANNEL: REGISTRY_DEFAULTS.channel,
  });
});
