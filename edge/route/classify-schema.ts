import { z } from 'zod';

export const DEFAULT_TOP_K = 5;

export const ClassifyQuerySchema = z.object({
  top_k: z
    .string()
    .regex(/^[1-9]\d{0,3}$/, 'expected a whole number from 1 to the number of classes')
    .transform(Number)
    .optional(),
});

const PredictionSchema = z.strictObject({
  label: z.string(),
  index: z.int().min(0),
  probability: z.number().min(0).max(1),
});

const PredictionsSchema = z.array(PredictionSchema).min(1);

const Answer = {
  model: z.string(),
  version: z.int().min(1),
  requestId: z.string(),
};

/** The answer to one picture: the likeliest labels first, and the version that said so. */
export const ClassificationSchema = z.strictObject({
  ...Answer,
  predictions: PredictionsSchema,
});

/** The answer to several pictures, in their order, all by one version. */
export const ClassificationsSchema = z.strictObject({
  ...Answer,
  results: z.array(z.strictObject({ name: z.string(), predictions: PredictionsSchema })),
});

export type Prediction = z.infer<typeof PredictionSchema>;
export type Classification = z.infer<typeof ClassificationSchema>;
export type Classifications = z.infer<typeof ClassificationsSchema>;
