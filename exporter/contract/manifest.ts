import { z } from 'zod';
import { type DocumentKind, parseDocument, serialiseDocument } from './document.ts';
import { type Form, FormSchema, type Precision, type Storage } from './form.ts';
import { SignatureSchema, type TrustedKey, verifySignature } from './signature.ts';

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

/**
 * One picture that every runtime is compared on. `pixels` is base64 of the [H,W,3] bytes at the size
 * that the preprocessing states.
 */
export const GoldenPictureSchema = z.strictObject({
  name: z.string().min(1),
  pixels: z.base64(),
});

/** A mistake, or several at once, that a version fixes: the constraints, and their measured price. */
export const FixSummarySchema = z.strictObject({
  id: z.string().min(1),
  /** Of the first picture. */
  label: z.string().min(1),
  imageSha256: Sha256,
  /** Pictures that the same fix puts right beside the first. */
  morePictures: z.array(z.strictObject({ label: z.string().min(1), imageSha256: Sha256 })),
  editor: z.string().min(1),
  steps: z.int().min(0),
  drawdown: z.number(),
  negativeFlips: z.int().min(0),
  controlPictures: z.int().min(0),
  /** Whether it was let through against the gate. */
  forced: z.boolean(),
});

/**
 * What an artifact promises: everything a runtime needs to serve it and to know that it serves it
 * right. Carries no time, so that the same checkpoint exports to the same bytes.
 */
export const ManifestSchema = z
  .strictObject({
    schema: z.literal('patchwork/manifest@2'),
    model: Slug,
    version: Version,
    parent: Version.nullable(),
    architecture: z.strictObject({
      name: z.literal('resnet18'),
      stem: z.enum(['cifar', 'imagenet']),
      width: z.int().min(1),
      /** Whether a residual block stands before the head that ResNet-18 does not have. */
      extraBlock: z.literal(true).optional(),
    }),
    labels: z.array(z.string().min(1)).min(2),
    preprocessing: PreprocessingSchema,
    forms: z.array(FormSchema).min(1),
    golden: z.array(GoldenPictureSchema).min(1),
    /** Oldest first. */
    fixes: z.array(FixSummarySchema),
    provenance: z.record(z.string(), z.union([z.string(), z.number()])),
    signature: SignatureSchema.nullable(),
  })
  .refine((m) => new Set(m.labels).size === m.labels.length, 'labels must differ')
  .refine((m) => m.parent === null || m.parent < m.version, 'parent must be an earlier version')
  .refine(
    (m) => new Set(m.forms.map((f) => `${f.precision} ${f.storage}`)).size === m.forms.length,
    'forms must differ in precision or storage',
  )
  .refine(
    (m) => m.forms.every(({ golden }) => golden.logits.length === m.golden.length),
    'every form needs golden logits of every golden picture',
  )
  .refine(
    (m) =>
      m.forms.every(({ golden }) => golden.logits.every((row) => row.length === m.labels.length)),
    'golden logits need one a label',
  );

export type Manifest = z.infer<typeof ManifestSchema>;
export type Preprocessing = z.infer<typeof PreprocessingSchema>;
export type GoldenPicture = z.infer<typeof GoldenPictureSchema>;
export type FixSummary = z.infer<typeof FixSummarySchema>;

const MANIFEST: DocumentKind<Manifest> = {
  schema: ManifestSchema,
  code: 'MANIFEST_INVALID',
  name: 'manifest',
};

/**
 * Reads a manifest from its stored bytes.
 * @throws ContractError MANIFEST_INVALID naming the field
 */
export function parseManifest(bytes: Uint8Array): Manifest {
  return parseDocument(MANIFEST, bytes);
}

/** The bytes that are stored and digested. */
export function serialiseManifest(manifest: Manifest): Uint8Array {
  return serialiseDocument(MANIFEST, manifest);
}

/** The bytes that are signed: those of the manifest without its signature. */
export function unsignedManifest(manifest: Manifest): Uint8Array {
  return serialiseManifest({ ...manifest, signature: null });
}

/** @throws ContractError SIGNATURE_MISSING, KEY_UNTRUSTED or SIGNATURE_INVALID */
export function verifyManifest(manifest: Manifest, trusted: readonly TrustedKey[]): Promise<void> {
  const what = `manifest of version ${manifest.version} of ${manifest.model}`;
  return verifySignature(manifest.signature, unsignedManifest(manifest), trusted, what);
}

/** The form of a precision and a storage, undefined where the version has none. */
export function findForm(
  { forms }: Manifest,
  precision: Precision,
  storage: Storage,
): Form | undefined {
  return forms.find((form) => form.precision === precision && form.storage === storage);
}
