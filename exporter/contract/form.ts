import { z } from 'zod';

/** Number types that a version's weights may be stored and computed in. */
export const PRECISIONS = ['fp32', 'fp16', 'int8'] as const;
export type Precision = (typeof PRECISIONS)[number];

/**
 * How a form keeps its weights: inside an ONNX file; in a file beside it (ONNX external data); inside an
 * onnxruntime flatbuffer, which a runtime uses in place; or, `delta`, such a flatbuffer of the family's
 * base whose edited stage takes its weights as inputs, and those weights.
 */
export const STORAGES = ['onnx', 'onnx-external', 'ort', 'delta'] as const;
export type Storage = (typeof STORAGES)[number];

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits');
const Bytes = z.int().min(1);

/** One part of an artifact: an immutable object whose key is derived from its digest. */
export const PartSchema = z.strictObject({ sha256: Sha256, bytes: Bytes });

const GraphSchema = PartSchema.extend({
  format: z.enum(['onnx', 'ort']),
  opset: z.int().min(1),
  nodes: z.int().min(1),
  input: z.string().min(1),
  output: z.string().min(1),
});

/** A graph input that is filled from the weights part: `bytes` little-endian bytes from `offset`. */
export const OpenTensorSchema = z.strictObject({
  name: z.string().min(1),
  type: z.enum(['float32', 'float16', 'int8', 'uint8', 'int32']),
  dims: z.array(z.int().min(1)),
  offset: z.int().min(0),
  bytes: Bytes,
});

/** What a form's logits are held against: one row a golden picture, in the manifest's order. */
export const FormGoldenSchema = z.strictObject({
  tolerance: z.number().positive(),
  logits: z.array(z.array(z.number()).min(2)).min(1),
});

/** What a conversion cost, measured against the engine's fp32 network on control pictures. */
export const FidelitySchema = z.strictObject({
  pictures: z.int().min(1),
  /** Share of the pictures whose top class is the same. */
  agreement: z.number().min(0).max(1),
  maxLogitDifference: z.number().min(0),
  /** Shares of right answers, where the pictures have labels. */
  accuracy: z
    .strictObject({
      reference: z.number().min(0).max(1),
      converted: z.number().min(0).max(1),
    })
    .nullable(),
});

/** Peak size of the wasm heap, in bytes, as measured in workerd. */
export const HeapPeaksSchema = z.strictObject({
  /** Loading it into an empty instance, and classifying. */
  alone: Bytes,
  /** Loading it while the parent version serves; null where it has none. */
  besideParent: Bytes.nullable(),
});

/** One way to run a version: a precision, a storage, and what was measured of it. */
export const FormSchema = z
  .strictObject({
    precision: z.enum(PRECISIONS),
    storage: z.enum(STORAGES),
    graph: GraphSchema,
    /** External data, or the weights of the stage that is open; null where the graph has all. */
    weights: PartSchema.nullable(),
    /** What `weights` holds for a delta; empty for every other storage. */
    tensors: z.array(OpenTensorSchema),
    golden: FormGoldenSchema,
    fidelity: FidelitySchema.nullable(),
    heap: HeapPeaksSchema.nullable(),
  })
  .refine(
    ({ storage, weights }) =>
      (storage === 'delta' || storage === 'onnx-external') === (weights !== null),
    'external data and deltas have a weights part, others have none',
  )
  .refine(
    ({ storage, tensors }) => (storage === 'delta') === tensors.length > 0,
    'deltas list the tensors of their weights part, others list none',
  )
  .refine(
    ({ weights, tensors }) =>
      tensors.every(({ offset, bytes }) => offset + bytes <= (weights?.bytes ?? 0)),
    'every tensor lies within the weights part',
  );

export type Part = z.infer<typeof PartSchema>;
export type Form = z.infer<typeof FormSchema>;
export type OpenTensor = z.infer<typeof OpenTensorSchema>;
export type Fidelity = z.infer<typeof FidelitySchema>;
export type HeapPeaks = z.infer<typeof HeapPeaksSchema>;
