import { z } from 'zod';
import { PRECISIONS } from '../exporter/contract/form.ts';

const MEBIBYTE = 1024 * 1024;
const DAY_MS = 24 * 60 * 60 * 1000;

const Count = z.coerce.number().int().min(1);
const Slug = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/);

/** Origins separated by commas, `*` for all, or nothing. */
const Origins = z
  .string()
  .regex(/^(\*|https?:\/\/[^\s,/]+(, *https?:\/\/[^\s,/]+)*)?$/)
  .transform((text) => (text === '' ? [] : text.split(/, */)));

/** Number types of forms, the preferred first, separated by commas. */
const Precisions = z
  .string()
  .transform((text) => text.split(/ *, */))
  .pipe(z.array(z.enum(PRECISIONS)));

/** Public keys of 64 hexadecimal digits, separated by commas or spaces, or nothing. */
const PublicKeys = z
  .string()
  .transform((text) => text.split(/[\s,]+/).filter(Boolean))
  .pipe(z.array(z.string().regex(/^[0-9a-f]{64}$/i, 'expected 64 hexadecimal digits')));

/** The worker's variables, which are strings: each has a default here, which wrangler.toml repeats. */
const SettingsSchema = z
  .object({
    MODEL: Slug.default('resnet18'),
    CHANNEL: Slug.default('live'),
    POINTER_TTL_MS: z.coerce.number().int().min(0).default(2000),
    PRECISIONS: Precisions.default(['int8', 'fp32']),
    TRUSTED_KEYS: PublicKeys.default([]),
    HEAP_CAP_MIB: Count.default(100),
    MAX_BODY_BYTES: Count.default(8 * MEBIBYTE),
    MAX_PIXELS: Count.default(4_000_000),
    MAX_PICTURES: Count.default(16),
    CORS_ORIGINS: Origins.default([]),
    FEEDBACK: z.enum(['off', 'on']).default('off'),
    FEEDBACK_MAX_REPORTS: Count.max(1000).default(500),
    FEEDBACK_MAX_BYTES: Count.default(MEBIBYTE),
    FEEDBACK_DAYS: Count.default(90),
  })
  .transform((variables) => ({
    model: variables.MODEL,
    channel: variables.CHANNEL,
    pointerTtlMs: variables.POINTER_TTL_MS,
    precisions: variables.PRECISIONS,
    trustedKeys: variables.TRUSTED_KEYS,
    heapCapBytes: variables.HEAP_CAP_MIB * MEBIBYTE,
    maxBodyBytes: variables.MAX_BODY_BYTES,
    maxPixels: variables.MAX_PIXELS,
    maxPictures: variables.MAX_PICTURES,
    corsOrigins: variables.CORS_ORIGINS,
    feedback: {
      on: variables.FEEDBACK === 'on',
      maxReports: variables.FEEDBACK_MAX_REPORTS,
      maxBytes: variables.FEEDBACK_MAX_BYTES,
      retentionMs: variables.FEEDBACK_DAYS * DAY_MS,
    },
  }));

type Variable = keyof z.input<typeof SettingsSchema>;

export type Settings = z.infer<typeof SettingsSchema>;
export type FeedbackSettings = Settings['feedback'];

/** What wrangler.toml binds: the bucket, the variables, and what else there may be. */
export interface Environment extends Partial<Record<Variable, string>> {
  readonly MODELS: R2Bucket;
  readonly ADMIN_TOKEN?: string;
  readonly FEEDBACK_TOKEN?: string;
  /** Requests, reports of mistakes and wrong tokens of one client. */
  readonly REQUEST_LIMIT?: RateLimit;
  readonly FEEDBACK_LIMIT?: RateLimit;
  readonly TOKEN_LIMIT?: RateLimit;
  readonly ANALYTICS?: AnalyticsEngineDataset;
}

/** @throws ZodError naming the variable that is wrong */
export function readSettings(environment: Environment): Settings {
  return SettingsSchema.parse(environment);
}
