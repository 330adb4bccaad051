import { z } from 'zod';
import type { Manifest } from '../../exporter/contract/manifest.ts';
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
import { PicturesBodySchema, PicturesFormSchema } from './picture/pictures-schema.ts';
import { inferPrepared } from './picture/prepared-pictures.ts';
import {
  FORM,
  JSON_TYPE,
  RAW,
  type ReadPictures,
  readPictures,
  TENSOR,
} from './picture/read-pictures.ts';

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
    context.var.isolate.versions.touch(context.executionCtx);
    return answer(context, await readPictures(context, query.version ?? null), query);
  },
});

async function answer(
  context: EdgeContext,
  { names, prepared, file }: ReadPictures,
  query: ClassifyQuery,
): Promise<Response> {
  const { isolate, requestId } = context.var;
  const { manifest, logits } = await inferPrepared(context, prepared, {
    version: query.version ?? null,
    clientKey: clientKey(context),
    accept: (manifest) => checkRequest(manifest, prepared.inputs, query),
  });
  const { model, version, labels } = manifest;
  context.set('version', version);
  const count = query.top_k ?? Math.min(DEFAULT_TOP_K, labels.length);
  const results = names.map((name, index) => {
    const probabilities = softmax(logits[index]!);
    const predictions = topPredictions(probabilities, labels, count);
    return { name, predictions, ...(query.probabilities ? { probabilities } : {}) };
  });
  const [result, ...others] = results;
  if (others.length > 0 || !result) {
    return context.json<Classifications>({ model, version, results, requestId });
  }
  if (file) isolate.recent.remember(requestId, file, { version, labels, logits: logits[0]! });
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
