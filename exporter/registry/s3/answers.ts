import { z } from 'zod';

const Flag = z.enum(['true', 'false']).default('false');
const Time = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
/** An element that is there and empty reads as the empty text. */
const page = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.preprocess((value) => (value === '' ? {} : value), z.object(shape));

/** The answers of the S3 API that are read, by their document elements; other fields are left out. */
export const ErrorAnswer = z.object({
  Error: z.object({ Code: z.string(), Message: z.string().default('') }),
});

export const ListAnswer = z.object({
  ListBucketResult: page({
    Contents: z.array(z.object({ Key: z.string() })).default([]),
    IsTruncated: Flag,
    NextContinuationToken: z.string().optional(),
  }),
});

export const UploadsAnswer = z.object({
  ListMultipartUploadsResult: page({
    Upload: z
      .array(z.object({ Key: z.string(), UploadId: z.string(), Initiated: Time }))
      .default([]),
    IsTruncated: Flag,
    NextKeyMarker: z.string().default(''),
    NextUploadIdMarker: z.string().default(''),
  }),
});

export const PiecesAnswer = z.object({
  ListPartsResult: page({
    Part: z
      .array(
        z.object({
          PartNumber: z.coerce.number(),
          ETag: z.string(),
          Size: z.coerce.number(),
        }),
      )
      .default([]),
    IsTruncated: Flag,
    NextPartNumberMarker: z.string().default(''),
  }),
});

export const BegunAnswer = z.object({
  InitiateMultipartUploadResult: z.object({ UploadId: z.string().min(1) }),
});

export const CompletedAnswer = z.object({
  CompleteMultipartUploadResult: z.object({ ETag: z.string().min(1) }),
});
