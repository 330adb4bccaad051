import { z } from 'zod';
import { ContractError } from './contract-error.ts';

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits');
/** The name of a model or a channel. */
export const Slug = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'expected a-z, 0-9 and -, at most 63');
const Version = z.int().min(1);
const Channels = z.tuple([z.number(), z.number(), z.number()]);

/** How pixels become the network's input. `mean` and `std` are per channel, of values in [0, 1]. */
export const PreprocessingSchema = z.strictObject({
  height: z.int().min(1).max(1024),
  width: z.int().min(1).max(1024),
  resize: z.literal('bilinear-antialias'),
  mean: Channels,
  std: Channels,
});

/** One part of an artifact: an immutable object whose key is derived from its digest. */
export const PartSchema = z.strictObject({
  sha256: Sha256,
  bytes: z.int().min(1),
});

/**
 * One picture with the logits that every runtime must give for it. `pixels` is base64 of the
 * unresized [H,W,3] bytes at the size that the preprocessing states.
 */
export const GoldenVectorSchema = z.strictObject({
  name: z.string().min(1),
  pixels: z.base64(),
  logits: z.array(z.number()).min(2),
});

/** The constraint a version was patched with, and its measured price. */
export const PatchSummarySchema = z.strictObject({
  id: z.string().min(1),
  label: z.string().min(1),
  imageSha256: Sha256,
  editor: z.string().min(1),
  steps: z.int().min(0),
  drawdown: z.number(),
  negativeFlips: z.int().min(0),
  controlPictures: z.int().min(0),
});

/**
 * What an artifact promises: everything a runtime needs to serve it and to know that it serves it
 * right. Carries no time, so that the same checkpoint exports to the same bytes.
 */
export const ManifestSchema = z
  .strictObject({
    schema: z.literal('patchwork/manifest@1'),
    model: Slug,
    version: Version,
    parent: Version.nullable(),
    architecture: z.strictObject({
      name: z.literal('resnet18'),
      stem: z.enum(['cifar', 'imagenet']),
      width: z.int().min(1),
    }),
    labels: z.array(z.string().min(1)).min(2),
    preprocessing: PreprocessingSchema,
    graph: PartSchema.extend({
      format: z.literal('onnx'),
      opset: z.int().min(1),
      nodes: z.int().min(1),
      input: z.string().min(1),
      output: z.string().min(1),
    }),
    golden: z.strictObject({
      tolerance: z.number().positive(),
      vectors: z.array(GoldenVectorSchema).min(1),
    }),
    patch: PatchSummarySchema.nullable(),
    provenance: z.record(z.string(), z.union([z.string(), z.number()])),
  })
  .refine((m) => new Set(m.labels).size === m.labels.length, 'labels must differ')
  .refine((m) => m.parent === null || m.parent < m.version, 'parent must be an earlier version')
  .refine(
    (m) => m.golden.vectors.every((vector) => vector.logits.length === m.labels.length),
    'every golden vector needs one logit a label',
  );

export type Manifest = z.infer<typeof ManifestSchema>;
export type Preprocessing = z.infer<typeof PreprocessingSchema>;
export type GoldenVector = z.infer<typeof GoldenVectorSchema>;
export type PatchSummary = z.infer<typeof PatchSummarySchema>;

/**
 * Reads a manifest from its JSON bytes.
 * @throws ContractError MANIFEST_INVALID naming the field
 */
export function parseManifest(bytes: Uint8Array): Manifest {
  return parseJson(ManifestSchema, bytes, 'MANIFEST_INVALID', 'manifest');
}

/** The bytes that are stored and digested: JSON with a fixed key order and a final newline. */
export function serialiseManifest(manifest: Manifest): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(ManifestSchema.parse(manifest), null, 2)}\n`);
}

/** Parses JSON bytes by a schema, or throws the given contract error with the first problem. */
export function parseJson<T>(
  schema: z.ZodType<T>,
  bytes: Uint8Array,
  code: 'MANIFEST_INVALID' | 'POINTER_INVALID',
  what: string,
): T {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch (cause) {
    throw new ContractError(code, `The ${what} is not JSON; publish it again.`, { cause });
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = issue?.path.join('.') || 'top level';
  throw new ContractError(
    code,
    `The ${what} breaks its schema at ${field}: ${issue?.message}. Publish it again.`,
  );
}
