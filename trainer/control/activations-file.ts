import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { z } from 'zod';
import { narrowToHalf } from '../../exporter/format/precision/half-float.ts';
import { readCheckpointFile, writeCheckpointFile } from '../checkpoint/checkpoint-file.ts';
import { widenHalf } from '../checkpoint/half-precision.ts';
import type { SafeTensor } from '../checkpoint/safe-tensor.ts';
import { decodeSafetensors, encodeSafetensors } from '../checkpoint/safetensors.ts';
import { STAGES } from '../network/architecture.ts';
import type { HostTensor } from '../network/weights.ts';
import { type ControlActivations, STORED_KINDS } from './control-activations.ts';
import { ControlError } from './control-error.ts';

const Count = z.int().min(0);

const DescriptionSchema = z.strictObject({
  schema: z.literal('patchwork/control-activations@1'),
  name: z.string(),
  fingerprint: z.string(),
  weights: z.string(),
  prefix: z.string(),
  stage: z.enum(STAGES),
  /** How the numbers were made, for people. */
  made: z.string(),
  set: z.strictObject({
    name: z.string(),
    height: z.int().min(1),
    width: z.int().min(1),
    labelNames: z.array(z.string()),
  }),
  parts: z.array(z.strictObject({ kind: z.enum(STORED_KINDS), start: Count, count: Count })),
  sources: z.array(Count),
  digests: z.array(z.string()),
});

const pack = promisify(gzip);
const unpack = promisify(gunzip);

/** The first bytes of a gzip file (RFC 1952, section 2.3.1). */
const GZIP = [0x1f, 0x8b];

/** How many bytes activations take in a file, in half precision and compressed: nearly half of them are 0. */
export async function packedBytes({ data }: HostTensor): Promise<number> {
  const halves = narrowToHalf(data);
  const bytes = new Uint8Array(halves.buffer, halves.byteOffset, halves.byteLength);
  return (await pack(bytes)).length;
}

/**
 * Writes control activations as safetensors in gzip: `activations` F16 [N,H,W,C], `labels` I32 [N] and `hashes` I32
 * [N,2], `curvature` F32 [F,F], the rest as JSON in its metadata. No picture is among it.
 * @throws CheckpointError CHECKPOINT_UNWRITABLE
 */
export async function saveControlActivations(
  path: string,
  control: ControlActivations,
): Promise<void> {
  const { set, activations, curvature, parts, sources, digests, hashes, ...described } = control;
  const { name, height, width, labelNames, labels, count } = set;
  const corrupted = parts.find(({ kind }) => kind === 'corrupted');
  const description: z.input<typeof DescriptionSchema> = {
    schema: 'patchwork/control-activations@1',
    ...described,
    made: `What ${control.stage} takes of test pictures of ${control.name}, which "sources" numbers, by the network of "weights" as it is served${corrupted ? `; the last ${corrupted.count} pictures were corrupted before` : ''}. Rounded to binary16.`,
    set: { name, height, width, labelNames: [...labelNames] },
    parts: [...parts],
    sources: [...sources],
    digests: [...digests],
  };
  const tensors = new Map<string, SafeTensor>([
    [
      'activations',
      { dtype: 'F16', shape: activations.shape, data: narrowToHalf(activations.data) },
    ],
    ['labels', { dtype: 'I32', shape: [count], data: Int32Array.from(labels) }],
    [
      'hashes',
      {
        dtype: 'I32',
        shape: [count, 2],
        data: Int32Array.from(hashes.flatMap((hash) => [...hash])),
      },
    ],
  ]);
  if (curvature) tensors.set('curvature', { dtype: 'F32', ...curvature });
  const bytes = encodeSafetensors(tensors, { control: JSON.stringify(description) });
  await writeCheckpointFile(path, await pack(bytes));
}

/**
 * Reads what `saveControlActivations` wrote, or the safetensors in it by themselves.
 * @throws ControlError ACTIVATIONS_INVALID, or CheckpointError where the file is missing or not safetensors
 */
export async function loadControlActivations(path: string): Promise<ControlActivations> {
  const { tensors, metadata } = decodeSafetensors(await readUnpacked(path), path);
  const { schema: _, made: __, set, ...described } = parseDescription(path, metadata.control);
  const [activations, labels, hashes, curvature] = [
    'activations',
    'labels',
    'hashes',
    'curvature',
  ].map((name) => tensors.get(name));
  const count = described.sources.length;
  if (
    activations?.dtype !== 'F16' ||
    labels?.dtype !== 'I32' ||
    hashes?.dtype !== 'I32' ||
    hashes.data.length !== 2 * count ||
    activations.shape.length !== 4 ||
    [activations.shape[0], labels.shape[0], described.digests.length].some((n) => n !== count) ||
    labels.data.some((label) => label < 0 || label >= set.labelNames.length) ||
    (curvature && !isSquare(curvature)) ||
    described.parts.some((part) => part.start + part.count > count)
  ) {
    throw invalid(path, 'its tensors are not what its metadata describes');
  }
  return {
    ...described,
    set: { ...set, count, labels: Uint16Array.from(labels.data) },
    hashes: described.sources.map((_, index) =>
      Uint32Array.from(hashes.data.subarray(2 * index, 2 * index + 2)),
    ),
    activations: { shape: activations.shape, data: widenHalf(activations.data) },
    curvature: curvature ? { shape: curvature.shape, data: curvature.data } : null,
  };
}

function isSquare(tensor: SafeTensor): tensor is SafeTensor & { readonly dtype: 'F32' } {
  const { dtype, shape } = tensor;
  return dtype === 'F32' && shape.length === 2 && shape[0] === shape[1];
}

async function readUnpacked(path: string): Promise<Uint8Array> {
  const bytes = await readCheckpointFile(path);
  if (GZIP.some((byte, index) => bytes[index] !== byte)) return bytes;
  try {
    return await unpack(bytes);
  } catch (cause) {
    throw invalid(path, 'it is damaged or cut short', cause);
  }
}

function parseDescription(path: string, json: string | undefined) {
  if (json === undefined) throw invalid(path, 'it is a safetensors file, but no control set');
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw invalid(path, 'its metadata is not JSON', cause);
  }
  const result = DescriptionSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw invalid(path, `its metadata breaks at ${issue.path.join('.')}: ${issue.message}`);
}

function invalid(path: string, what: string, cause?: unknown): ControlError {
  return new ControlError(
    'ACTIVATIONS_INVALID',
    `${path}: ${what}; name a file that \`patchwork package\` wrote.`,
    cause === undefined ? {} : { cause },
  );
}
