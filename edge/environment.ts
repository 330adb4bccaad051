import { z } from 'zod';

const MEBIBYTE = 1024 * 1024;

const Count = z.coerce.number().int().min(1);
const Slug = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/);

/** The worker's variables, which are strings: each has a default here, which wrangler.toml repeats. */
const SettingsSchema = z
  .object({
    MODEL: Slug.default('resnet18'),
    CHANNEL: Slug.default('live'),
    POINTER_TTL_MS: z.coerce.number().int().min(0).default(2000),
    HEAP_CAP_MIB: Count.default(256),
    MAX_BODY_BYTES: Count.default(8 * MEBIBYTE),
    MAX_PIXELS: Count.default(4_000_000),
    MAX_PICTURES: Count.default(16),
  })
  .transform((variables) => ({
    model: variables.MODEL,
    channel: variables.CHANNEL,
    pointerTtlMs: variables.POINTER_TTL_MS,
    heapCapBytes: variables.HEAP_CAP_MIB * MEBIBYTE,
    maxBodyBytes: variables.MAX_BODY_BYTES,
    maxPixels: variables.MAX_PIXELS,
    maxPictures: variables.MAX_PICTURES,
  }));

type Variable = keyof z.input<typeof SettingsSchema>;

export type Settings = z.infer<typeof SettingsSchema>;

/** What wrangler.toml binds: the bucket, the variables, and the secret where one is set. */
export interface Environment extends Partial<Record<Variable, string>> {
  readonly MODELS: R2Bucket;
  readonly ADMIN_TOKEN?: string;
}

/** @throws ZodError naming the variable that is wrong */
export function readSettings(environment: Environment): Settings {
  return SettingsSchema.parse(environment);
}
