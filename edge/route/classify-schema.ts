import { z } from 'zod';
import { WholeNumber } from './whole-number.ts';

export const DEFAULT_TOP_K = 5;

export const ClassifyQuerySchema = z.object({
  top_k: WholeNumber.optional().meta({
    description: `How many labels are answered, from 1 to all; ${DEFAULT_TOP_K} by default`,
  }),
  version: WholeNumber.optional().meta({
    description: 'The version that must answer; the one that serves by default',
  }),
  probabilities: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional()
    .meta({ description: 'Whether the probabilities of all labels are answered beside' }),
});

const Probability = z.number().min(0).max(1);

export const PredictionSchema = z
  .strictObject({
    label: z.string(),
    index: z.int().min(0),
    probability: Probability,
  })
  .meta({ id: 'Prediction' });

const Answer = {
  model: z.string(),
  version: z.int().min(1),
  requestId: z.string(),
};

const Result = {
  predictions: z.array(PredictionSchema).min(1),
  /** Of every label, in the order of the labels, where they were asked for. */
  probabilities: z.array(Probability).optional(),
};

/** The answer to one picture: the likeliest labels first, and the version that said so. */
export const ClassificationSchema = z
  .strictObject({ ...Answer, ...Result })
  .meta({ id: 'Classification' });

/** The answer to several pictures, in their order, all by one version. */
export const ClassificationsSchema = z
  .strictObject({
    ...Answer,
    results: z.array(z.strictObject({ name: z.string(), ...Result })),
  })
  .meta({ id: 'Classifications' });

export type ClassifyQuery = z.output<typeof ClassifyQuerySchema>;
export type Prediction = z.infer<typeof PredictionSchema>;
export type Classification = z.infer<typeof ClassificationSchema>;
export type Classifications = z.infer<typeof ClassificationsSchema>;
