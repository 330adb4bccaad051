import { z } from 'zod';
import { type DocumentKind, parseDocument, serialiseDocument } from './document.ts';
import { Slug } from './manifest.ts';

/** What became of a report of a mistake. */
export const OutcomeSchema = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('fixed'), version: z.int().min(1), fix: z.string().min(1) }),
  z.strictObject({ state: z.literal('duplicate'), of: z.string().min(1) }),
  z.strictObject({ state: z.literal('rejected'), reason: z.string().min(1).max(1000) }),
]);

/** Somebody's report that a picture was answered wrongly, as the edge stores it. */
export const FeedbackSchema = z.strictObject({
  schema: z.literal('patchwork/feedback@1'),
  id: z.string().regex(/^[0-9a-z-]{1,64}$/),
  model: Slug,
  /** ISO 8601, UTC. */
  receivedAt: z.iso.datetime(),
  /** The request that was answered wrongly, where the report named one. */
  requestId: z.string().max(128).nullable(),
  /** The version that answered, and what it said, the likeliest first. */
  version: z.int().min(1),
  predictions: z.array(z.strictObject({ label: z.string(), probability: z.number() })),
  /** The label that the picture should have got. */
  label: z.string().min(1),
  /** The picture as it was sent: PNG, JPEG or WebP. */
  picture: z.strictObject({
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    bytes: z.int().min(1),
  }),
  outcome: OutcomeSchema.nullable(),
});

export type Feedback = z.infer<typeof FeedbackSchema>;
export type Outcome = z.infer<typeof OutcomeSchema>;

const FEEDBACK: DocumentKind<Feedback> = {
  schema: FeedbackSchema,
  code: 'FEEDBACK_INVALID',
  name: 'report of a mistake',
};

/** @throws ContractError FEEDBACK_INVALID naming the field */
export function parseFeedback(bytes: Uint8Array): Feedback {
  return parseDocument(FEEDBACK, bytes);
}

export function serialiseFeedback(feedback: Feedback): Uint8Array {
  return serialiseDocument(FEEDBACK, feedback);
}
