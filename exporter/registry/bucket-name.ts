import { readFile } from 'node:fs/promises';
import { parse } from 'smol-toml';
import { z } from 'zod';
import { BUCKET_BINDING } from './defaults.ts';

/** Of wrangler's configuration, what names the bucket. */
const ConfigSchema = z.object({
  r2_buckets: z
    .array(z.object({ binding: z.string(), bucket_name: z.string().optional() }))
    .default([]),
});

/**
 * The name of the registry's bucket in a wrangler.toml. wrangler itself could say, but takes a second to load,
 * and every command that opens the local registry would wait for it.
 * @throws Error where the file cannot be read, is no TOML, or has no such bucket
 */
export async function bucketName(configPath: string): Promise<string> {
  const { r2_buckets: buckets } = ConfigSchema.parse(parse(await readFile(configPath, 'utf8')));
  const bound = buckets.find(({ binding }) => binding === BUCKET_BINDING);
  if (bound) return bound.bucket_name ?? BUCKET_BINDING;
  throw new Error(`${configPath} has no R2 bucket bound to ${BUCKET_BINDING}`);
}
