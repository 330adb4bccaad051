import { z } from 'zod';
import { sha256 } from '../../exporter/contract/digest.ts';
import { readCheckpointFile, writeCheckpointFile } from '../checkpoint/checkpoint-file.ts';
import type { SafeTensor } from '../checkpoint/safe-tensor.ts';
import { decodeSafetensors, encodeSafetensors } from '../checkpoint/safetensors.ts';
import { STAGES } from '../network/architecture.ts';
import type { HostTensor } from '../network/weights.ts';
import { type Patch, type PatchConstraint, patchId } from './patch.ts';
import { PatchError } from './patch-error.ts';

/** The tensor that holds the picture of constraint `index`, [H,W,3] bytes. */
const pictureName = (index: number) => `constraint.${index}.picture`;

const FlipSchema = z.strictObject({
  picture: z.int(),
  label: z.int(),
  before: z.int(),
  after: z.int(),
});

const PatchMetadataSchema = z.strictObject({
  schema: z.literal('patchwork/patch@2'),
  id: z.string(),
  base: z.string(),
  constraints: z
    .array(
      z.strictObject({ imageSha256: z.string(), label: z.int().min(0), labelName: z.string() }),
    )
    .min(1),
  settings: z.strictObject({
    editor: z.string(),
    editorSettings: z.record(z.string(), z.number()),
    stages: z.array(z.enum(STAGES)),
    margin: z.number(),
    maxSteps: z.int(),
    rehearsal: z
      .strictObject({
        weight: z.number(),
        pictures: z.int(),
        batch: z.int().optional(),
        seed: z.number(),
      })
      .nullable()
      .default(null),
    views: z.number().nullable().default(null),
  }),
  report: z.strictObject({
    steps: z.int(),
    lossBefore: z.number(),
    lossAfter: z.number(),
    labelBefore: z.int(),
    control: z.strictObject({ name: z.string(), fingerprint: z.string(), pictures: z.int() }),
    errorBefore: z.number(),
    errorAfter: z.number(),
    drawdown: z.number(),
    negativeFlips: z.array(FlipSchema),
    positiveFlips: z.array(FlipSchema),
  }),
  forcedBecause: z.string().min(1).optional(),
});

/**
 * Writes a patch as safetensors: the changed parameters, the pictures, and the rest as metadata.
 * @throws CheckpointError CHECKPOINT_UNWRITABLE
 */
export async function savePatch(path: string, patch: Patch): Promise<void> {
  const tensors = new Map<string, SafeTensor>();
  const constraints = patch.constraints.map(({ picture, ...constraint }, index) => {
    const shape = [picture.height, picture.width, 3];
    tensors.set(pictureName(index), { dtype: 'U8', shape, data: picture.pixels });
    return constraint;
  });
  for (const [name, { shape, data }] of patch.changed) {
    tensors.set(name, { dtype: 'F32', shape, data });
  }
  const { id, base, settings, report, forcedBecause } = patch;
  const json = JSON.stringify({
    schema: 'patchwork/patch@2',
    id,
    base,
    constraints,
    settings,
    report,
    forcedBecause,
  });
  const strings = { patch: json, sha256: await digestOf(json) };
  await writeCheckpointFile(path, encodeSafetensors(tensors, strings));
}

/**
 * Reads a patch file and checks that every part is as it was written.
 * @throws PatchError PATCH_INVALID, or CheckpointError where the file is missing or not safetensors
 */
export async function loadPatch(path: string): Promise<Patch> {
  const { tensors, metadata } = decodeSafetensors(await readCheckpointFile(path), path);
  const { schema: _, constraints: described, ...rest } = await parseMetadata(path, metadata);
  const constraints: PatchConstraint[] = [];
  for (const [index, constraint] of described.entries()) {
    const name = pictureName(index);
    const pixels = tensors.get(name);
    if (pixels?.dtype !== 'U8' || pixels.shape.length !== 3) {
      throw invalid(path, `the tensor ${name} is missing`);
    }
    if ((await sha256(pixels.data)) !== constraint.imageSha256) {
      throw invalid(path, `${name} is not the picture that the patch was made for`);
    }
    const [height, width] = pixels.shape as [number, number];
    constraints.push({ ...constraint, picture: { height, width, pixels: pixels.data } });
  }
  const changed = new Map<string, HostTensor>();
  for (const [name, tensor] of tensors) {
    if (tensor.dtype === 'F32') changed.set(name, { shape: tensor.shape, data: tensor.data });
  }
  if (patchId(rest.base, changed, constraints) !== rest.id) {
    throw invalid(path, `its tensors are not those that patch ${rest.id} was made with`);
  }
  return { ...rest, changed, constraints };
}

async function parseMetadata(
  path: string,
  { patch: json, sha256: digest }: Record<string, string>,
) {
  if (json === undefined) throw invalid(path, 'it is a safetensors file, but no patch');
  if ((await digestOf(json)) !== digest) throw invalid(path, 'its metadata is damaged');
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw invalid(path, 'its metadata is not JSON', cause);
  }
  const result = PatchMetadataSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw invalid(path, `its metadata breaks at ${issue.path.join('.')}: ${issue.message}`);
}

function digestOf(text: string): Promise<string> {
  return sha256(new TextEncoder().encode(text));
}

function invalid(path: string, what: string, cause?: unknown): PatchError {
  return new PatchError(
    'PATCH_INVALID',
    `${path}: ${what}; name a file that \`patchwork patch\` wrote.`,
    cause === undefined ? {} : { cause },
  );
}
