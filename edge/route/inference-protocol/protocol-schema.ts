import { z } from 'zod';

/**
 * The Open Inference Protocol, version 2, over HTTP, with its extension for binary tensors:
 * https://github.com/kserve/open-inference-protocol
 */
const Parameters = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

const Shape = z.array(z.int().min(-1));

export const DATATYPES = ['FP32', 'UINT8'] as const;
export type Datatype = (typeof DATATYPES)[number];

const TensorMetadataSchema = z.strictObject({
  name: z.string(),
  datatype: z.enum(DATATYPES),
  shape: Shape,
});

export const ServerMetadataSchema = z
  .strictObject({ name: z.string(), version: z.string(), extensions: z.array(z.string()) })
  .meta({ id: 'ProtocolServer' });

export const ServerLiveSchema = z.strictObject({ live: z.boolean() }).meta({ id: 'ProtocolLive' });

export const ServerReadySchema = z
  .strictObject({ ready: z.boolean() })
  .meta({ id: 'ProtocolReady' });

export const ModelReadySchema = z
  .strictObject({ name: z.string(), ready: z.boolean() })
  .meta({ id: 'ProtocolModelReady' });

export const ModelMetadataSchema = z
  .strictObject({
    name: z.string(),
    versions: z.array(z.string()),
    platform: z.string(),
    inputs: z.array(TensorMetadataSchema),
    outputs: z.array(TensorMetadataSchema),
  })
  .meta({ id: 'ProtocolModel' });

export const InferRequestSchema = z
  .object({
    id: z.string().max(256).optional(),
    parameters: Parameters.optional(),
    inputs: z
      .array(
        z.object({
          name: z.string(),
          shape: z.array(z.int().min(1)),
          datatype: z.enum(DATATYPES),
          parameters: Parameters.optional(),
          /** Numbers, flat or nested as the shape; absent where they follow in binary. */
          data: z.array(z.unknown()).optional(),
        }),
      )
      .length(1),
    outputs: z
      .array(z.object({ name: z.string(), parameters: Parameters.optional() }))
      .min(1)
      .optional(),
  })
  .meta({ id: 'ProtocolInferRequest' });

export const InferReplySchema = z
  .strictObject({
    model_name: z.string(),
    model_version: z.string(),
    id: z.string().optional(),
    outputs: z.array(
      z.strictObject({
        name: z.string(),
        shape: Shape,
        datatype: z.enum(DATATYPES),
        parameters: Parameters.optional(),
        data: z.array(z.number()).optional(),
      }),
    ),
  })
  .meta({ id: 'ProtocolInferReply' });

export const ProtocolErrorSchema = z
  .strictObject({ error: z.string() })
  .meta({ id: 'ProtocolError' });

export type InferRequest = z.output<typeof InferRequestSchema>;
export type InferReply = z.infer<typeof InferReplySchema>;
export type ModelMetadata = z.infer<typeof ModelMetadataSchema>;
export type ProtocolError = z.infer<typeof ProtocolErrorSchema>;
