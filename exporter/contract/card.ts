import { z } from 'zod';
import { type DocumentKind, parseDocument, serialiseDocument } from './document.ts';
import { FidelitySchema, HeapPeaksSchema, PRECISIONS, STORAGES } from './form.ts';
import { FixSummarySchema, Slug } from './manifest.ts';
import { SignatureSchema, type TrustedKey, verifySignature } from './signature.ts';

const Version = z.int().min(1);
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits');
const Share = z.number().min(0).max(1);
const Count = z.int().min(0);

/** A rise of the error rate, between -1 and 1, with its confidence interval. */
const DrawdownSchema = z.strictObject({
  value: z.number().min(-1).max(1),
  low: z.number().min(-1).max(1),
  high: z.number().min(-1).max(1),
  /** What share of such intervals holds the true value. */
  confidence: Share,
});

/** What a fix did to a set of pictures that it was not made for. */
export const ControlResultSchema = z.strictObject({
  /** The set by name and by the digest of its pictures and labels. */
  set: z.string().min(1),
  fingerprint: z.string(),
  pictures: z.int().min(1),
  errorBefore: Share,
  errorAfter: Share,
  drawdown: DrawdownSchema,
  /** Right before and wrong after; wrong before and right after. */
  negativeFlips: Count,
  positiveFlips: Count,
});

/** A fix: the manifest's summary of it, and what was measured when it was made. */
export const CardFixSchema = FixSummarySchema.extend({
  /** The answer before it; `label` is the one after. */
  labelBefore: z.string().min(1),
  /** By how many nats the right label won, below 0 where it lost. */
  marginBefore: z.number(),
  marginAfter: z.number(),
  stages: z.array(z.string().min(1)),
  controls: z.array(ControlResultSchema),
  /** Why it was let through against the gate, null where it was not. */
  forcedBecause: z.string().min(1).nullable(),
}).refine(
  ({ forced, forcedBecause }) => forced || forcedBecause === null,
  'only what was forced has a reason to be',
);

/** How fast a form classified, where it was measured. */
export const TimingSchema = z.strictObject({
  runtime: z.string().min(1),
  /** The processor, and on how many of its threads. */
  machine: z.string().min(1),
  threads: z.int().min(1),
  batch: z.int().min(1),
  /** The median time of a batch. */
  milliseconds: z.number().positive(),
});

const CardFormSchema = z.strictObject({
  precision: z.enum(PRECISIONS),
  storage: z.enum(STORAGES),
  /** Of all its parts together. */
  bytes: z.int().min(1),
  fidelity: FidelitySchema.nullable(),
  heap: HeapPeaksSchema.nullable(),
  timings: z.array(TimingSchema),
});

/**
 * The model card of a version: what a person wants to know of it before serving it. It is bound to its
 * manifest by digest. Measured times are here and not in the manifest, which is the same wherever it is
 * made.
 */
export const CardSchema = z.strictObject({
  schema: z.literal('patchwork/card@1'),
  model: Slug,
  version: Version,
  parent: Version.nullable(),
  manifestSha256: Sha256,
  labels: z.array(z.string().min(1)).min(2),
  forms: z.array(CardFormSchema).min(1),
  /** Oldest first, those of earlier versions among them. */
  fixes: z.array(CardFixSchema),
  provenance: z.record(z.string(), z.union([z.string(), z.number()])),
  signature: SignatureSchema.nullable(),
});

export type Card = z.infer<typeof CardSchema>;
export type CardFix = z.infer<typeof CardFixSchema>;
export type CardForm = z.infer<typeof CardFormSchema>;
export type ControlResult = z.infer<typeof ControlResultSchema>;
export type Timing = z.infer<typeof TimingSchema>;

const CARD: DocumentKind<Card> = { schema: CardSchema, code: 'CARD_INVALID', name: 'model card' };

/** @throws ContractError CARD_INVALID naming the field */
export function parseCard(bytes: Uint8Array): Card {
  return parseDocument(CARD, bytes);
}

/** The bytes that are stored. */
export function serialiseCard(card: Card): Uint8Array {
  return serialiseDocument(CARD, card);
}

/** The bytes that are signed: those of the card without its signature. */
export function unsignedCard(card: Card): Uint8Array {
  return serialiseCard({ ...card, signature: null });
}

/** @throws ContractError SIGNATURE_MISSING, KEY_UNTRUSTED or SIGNATURE_INVALID */
export function verifyCard(card: Card, trusted: readonly TrustedKey[]): Promise<void> {
  const what = `card of version ${card.version} of ${card.model}`;
  return verifySignature(card.signature, unsignedCard(card), trusted, what);
}
