import { z } from 'zod';
import { PreprocessingSchema } from '../../exporter/contract/manifest.ts';
import { type Architecture, STAGES, type Stage } from '../network/architecture.ts';
import { CheckpointError } from './checkpoint-error.ts';

/** JSON has no NaN and no infinity: both are written as null, and null is read as NaN. */
const Figure = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);

const MetadataSchema = z.strictObject({
  schema: z.literal('patchwork/checkpoint@1'),
  architecture: z.strictObject({
    name: z.literal('resnet18'),
    stem: z.enum(['cifar', 'imagenet']),
    width: z.int().min(1),
    classes: z.int().min(2),
    extraBlock: z.literal(true).optional(),
  }),
  training: z.strictObject({
    epoch: z.int().min(0),
    step: z.int().min(0),
    seed: z.number(),
    optionsFingerprint: z.string(),
    curve: z.array(z.record(z.string(), Figure)),
  }),
  dataSet: z.strictObject({
    name: z.string(),
    fingerprint: z.string(),
    labelNames: z.array(z.string()),
    preprocessing: PreprocessingSchema,
  }),
  editing: z
    .strictObject({
      editor: z.string(),
      coefficients: z.record(z.string(), z.number()),
      steps: z.int().min(1),
      margin: z.number().min(0),
      stages: z.array(z.enum(STAGES)).min(1),
    })
    .optional(),
  origin: z
    .strictObject({ format: z.enum(['safetensors', 'onnx']), sha256: z.string() })
    .optional(),
});

type Metadata = z.output<typeof MetadataSchema>;

/**
 * Where training stands. All randomness comes from `seed` and a position, so that these say the whole
 * random state.
 */
export type TrainingState = Readonly<{
  /** Whole epochs done. */
  epoch: number;
  /** Updates done, over all epochs. */
  step: number;
  seed: number;
  /** Tells whether a run that resumes has the options that this one had. */
  optionsFingerprint: string;
  /** What was measured on the way, oldest first: figures by name. */
  curve: readonly Readonly<Record<string, number>>[];
}>;

/** What a network was trained on. */
export type TrainedOn = Readonly<
  Omit<Metadata['dataSet'], 'labelNames'> & { labelNames: readonly string[] }
>;

/** How a network was trained to be edited: what editing it best keeps to. */
export type Editing = Readonly<{
  /** The editor's name. */
  editor: string;
  /** Its coefficients by name, in their natural units: fixed ones, or what training made of them. */
  coefficients: Readonly<Record<string, number>>;
  /** Steps that were unrolled. */
  steps: number;
  /** In nats. */
  margin: number;
  stages: readonly Stage[];
}>;

/** The file of another program that a network was imported from: its format and its SHA-256. */
export type Origin = Readonly<{ format: 'safetensors' | 'onnx'; sha256: string }>;

/** What a checkpoint says beside its tensors. */
export interface CheckpointMetadata {
  readonly architecture: Architecture;
  readonly training: TrainingState;
  readonly dataSet: TrainedOn;
  /** Absent where the network was trained ordinarily. */
  readonly editing?: Editing;
  /** Absent where the network was trained here. */
  readonly origin?: Origin;
}

/** As the metadata of a safetensors file: each part as JSON. */
export function metadataToStrings(metadata: CheckpointMetadata): Record<string, string> {
  return {
    schema: 'patchwork/checkpoint@1',
    architecture: JSON.stringify(metadata.architecture),
    training: JSON.stringify(metadata.training),
    dataSet: JSON.stringify(metadata.dataSet),
    ...(metadata.editing && { editing: JSON.stringify(metadata.editing) }),
    ...(metadata.origin && { origin: JSON.stringify(metadata.origin) }),
  };
}

/**
 * @param where the file, for the error
 * @throws CheckpointError METADATA_INVALID naming the field
 */
export function metadataFromStrings(
  strings: Readonly<Record<string, string>>,
  where: string,
): CheckpointMetadata {
  if (strings.schema === undefined) {
    throw invalid(where, 'it is a safetensors file, but no checkpoint that Patchwork wrote');
  }
  const result = MetadataSchema.safeParse({
    schema: strings.schema,
    architecture: parsed(strings, 'architecture', where),
    training: parsed(strings, 'training', where),
    dataSet: parsed(strings, 'dataSet', where),
    editing: strings.editing === undefined ? undefined : parsed(strings, 'editing', where),
    origin: strings.origin === undefined ? undefined : parsed(strings, 'origin', where),
  });
  if (!result.success) {
    const issue = result.error.issues[0]!;
    throw invalid(where, `its metadata breaks at ${issue.path.join('.')}: ${issue.message}`);
  }
  const { architecture, training, dataSet, editing, origin } = result.data;
  if (dataSet.labelNames.length !== architecture.classes) {
    throw invalid(
      where,
      `it has ${architecture.classes} classes but ${dataSet.labelNames.length} label names`,
    );
  }
  return {
    architecture,
    training,
    dataSet,
    ...(editing && { editing }),
    ...(origin && { origin }),
  };
}

function parsed(strings: Readonly<Record<string, string>>, key: string, where: string): unknown {
  try {
    return JSON.parse(strings[key] ?? 'null');
  } catch (cause) {
    throw invalid(where, `its metadata "${key}" is not JSON`, cause);
  }
}

function invalid(where: string, what: string, cause?: unknown): CheckpointError {
  return new CheckpointError(
    'METADATA_INVALID',
    `${where}: ${what}; name a checkpoint that \`patchwork train\` wrote.`,
    cause === undefined ? {} : { cause },
  );
}
