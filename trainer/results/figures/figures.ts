import { z } from 'zod';
import { PRECISIONS, STORAGES } from '../../../exporter/contract/form.ts';
import { EstimateSchema } from '../../evaluation/run/summary.ts';

const SettingsSchema = z.record(z.string(), z.union([z.number(), z.string()]));

const ExperimentSchema = z.strictObject({
  protocol: z.string(),
  /** The method, with the attack where there was one. */
  method: z.string(),
  settings: SettingsSchema,
  /** Edits, or sequences. */
  units: z.int().min(1),
  /** All figures but those of single classes. */
  figures: z.record(z.string(), EstimateSchema),
  /** Of the clean control set, a share for each independent edit. */
  drawdowns: z.array(z.number()),
});

const NetworkSchema = z.strictObject({
  /** What the network is, such as `editable`. */
  network: z.string(),
  /** The seed that its file is named after, as its pair is; its training commands may name others. */
  seed: z.int().min(0),
  /** SHA-256 of its weights. */
  weights: z.string(),
  architecture: z.string(),
  data: z.string(),
  engine: z.string(),
  pictures: z.int().min(1),
  error: z.number(),
  /** The seed of the evaluation's draws. */
  evaluationSeed: z.int().min(0),
  /** The command lines that trained the network, in order, where they were kept. */
  training: z.array(z.string()),
  /** The command lines that evaluated it. */
  evaluation: z.array(z.string()).min(1),
  experiments: z.array(ExperimentSchema),
});

const FormSchema = z.strictObject({
  /** Channels of the network's first stage. */
  width: z.int().min(1),
  precision: z.enum(PRECISIONS),
  storage: z.enum(STORAGES),
  /** Of all its parts together. */
  bytes: z.int().min(1),
  /** The share of control pictures that it answers as the network does, where it was converted. */
  agreement: z.number().nullable(),
  /** Of one picture in workerd, the median; null where it was not measured. */
  inferenceMilliseconds: z.number().nullable(),
  /** Peak of the heap in workerd, of it alone; null where it was not measured. */
  heapBytes: z.number().nullable(),
});

export const FiguresSchema = z.strictObject({
  schema: z.literal('patchwork/figures@2'),
  /** Hexadecimal SHA-256 of the rest as JSON: tells whether a file was changed by hand. */
  sha256: z.string(),
  networks: z.array(NetworkSchema).min(1),
  /** The forms of exported artifacts, where there are any. */
  forms: z.array(FormSchema),
});

/** Figures of one method on one network. */
export type ExperimentFigures = Readonly<z.output<typeof ExperimentSchema>>;

/** Figures of one network. */
export type NetworkFigures = Readonly<z.output<typeof NetworkSchema>>;

/** How one form of an artifact is stored and served. */
export type FormFigures = Readonly<z.output<typeof FormSchema>>;

/** What the pages of the documentation are made from: figures of evaluations, without their records. */
export interface Figures {
  readonly networks: readonly NetworkFigures[];
  readonly forms: readonly FormFigures[];
}
