import { z } from 'zod';
import type { Manifest } from '../../exporter/contract/manifest.ts';
import { infer } from '../version/infer.ts';
import { fits, type ModelInput } from '../version/model-input.ts';
import { softmax, topPredictions } from '../version/predictions.ts';
import {
  type Classification,
  ClassificationSchema,
  type Classifications,
  ClassificationsSchema,
  type ClassifyQuery,
  ClassifyQuerySchema,
  DEFAULT_TOP_K,
} from './classify-schema.ts';
import { ClientKeyHeaders, clientKey } from './client-key.ts';
import type { EdgeContext } from './edge-context.ts';
import { EdgeError } from './edge-error.ts';
import { operation } from './operation.ts';
import type { NamedInput } from './picture/decode-files.ts';
import { PicturesBodySchema, PicturesFormSchema } from './picture/pictures-schema.ts';
import { FORM, JSON_TYPE, RAW, readPictures, TENSOR } from './picture/read-pictures.ts';

export const classify = operation({
  method: 'POST',
  path: '/classify',
  group: 'Classifying',
  summary: 'Classifies a picture, or several',
  role: null,
  parameters: z.object({}),
  query: ClassifyQuerySchema,
  headers: ClientKeyHeaders,
  body: {
    description:
      'A PNG, JPEG or WebP file; a form with one or several; base64 in JSON; or a tensor [N,H,W,3] whose type and shape are parameters of its media type.',
    content: {
      ...Object.fromEntries(RAW.map((type) => [type, 'bytes' as const])),
      [FORM]: PicturesFormSchema,
      [JSON_TYPE]: PicturesBodySchema,
      [TENSOR]: 'bytes',
    },
  },
  replies: {
    200: {
      description: 'The likeliest labels, of one picture or of each',
      content: { 'application/json': z.union([ClassificationSchema, ClassificationsSchema]) },
    },
  },
  problems: [
    'QUERY_INVALID',
    'BODY_INVALID',
    'MULTIPART_INVALID',
    'PICTURE_TOO_LARGE',
    'TOO_MANY_PICTURES',
    'PICTURE_EMPTY',
    'PICTURE_UNKNOWN_FORMAT',
    'PICTURE_CORRUPT',
    'TENSOR_INVALID',
    'VERSION_UNKNOWN',
    'VERSION_REFUSED',
    'STORAGE_FAILED',
    'NOT_READY',
  ],
  handle: async (context, { query }) => {
    const { isolate } = context.var;
    isolate.versions.touch(context.executionCtx);
    const pictures = await readPictures(context.req.raw, isolate.settings);
    return answer(context, pictures, query);
  },
});

async function answer(
  context: EdgeContext,
  pictures: readonly NamedInput[],
  query: ClassifyQuery,
): Promise<Response> {
  const { isolate, requestId } = context.var;
  const inputs = pictures.map(({ input }) => input);
  const { manifest, logits } = await infer(isolate, context.executionCtx, inputs, {
    version: query.version ?? null,
    clientKey: clientKey(context),
    accept: (manifest) => checkRequest(manifest, inputs, query),
  });
  const { model, version, labels } = manifest;
  context.set('version', version);
  const count = query.top_k ?? Math.min(DEFAULT_TOP_K, labels.length);
  const results = pictures.map(({ name }, index) => {
    const probabilities = softmax(logits[index]!);
    const predictions = topPredictions(probabilities, labels, count);
    return { name, predictions, ...(query.probabilities ? { probabilities } : {}) };
  });
  const [picture, ...others] = pictures;
  const [result] = results;
  if (others.length > 0 || !picture || !result) {
    return context.json<Classifications>({ model, version, results, requestId });
  }
  isolate.recent.remember(requestId, picture.file, { version, labels, logits: logits[0]! });
  const { name: _, ...only } = result;
  return context.json<Classification>({ model, version, ...only, requestId });
}

function checkRequest(
  { labels, preprocessing }: Manifest,
  inputs: readonly ModelInput[],
  { top_k }: ClassifyQuery,
): void {
  if (top_k !== undefined && top_k > labels.length) {
    throw new EdgeError(
      'QUERY_INVALID',
      `top_k: ${top_k} is more than the ${labels.length} classes.`,
    );
  }
  if (inputs.every((input) => fits(input, preprocessing))) return;
  const { height, width } = preprocessing;
  throw new EdgeError('TENSOR_INVALID', `This model takes float32 of ${height} x ${width} only.`);
}
