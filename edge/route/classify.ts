import { infer } from '../version/infer.ts';
import {
  type Classification,
  type Classifications,
  ClassifyQuerySchema,
  DEFAULT_TOP_K,
} from './classify-schema.ts';
import type { EdgeContext } from './edge-context.ts';
import { EdgeError } from './edge-error.ts';
import { readPictures } from './pictures.ts';
import { topPredictions } from './predictions.ts';

/** `POST /classify`: what the version that serves makes of the pictures in the body. */
export async function classify(context: EdgeContext): Promise<Response> {
  const { isolate, requestId } = context.var;
  const topK = readTopK(context);
  isolate.versions.touch(context.executionCtx);
  const pictures = await readPictures(context.req.raw, isolate.settings);
  const { manifest, logits } = await infer(
    isolate,
    context.executionCtx,
    pictures.map(({ picture }) => picture),
    ({ labels }) => checkTopK(topK, labels.length),
  );
  const { model, version, labels } = manifest;
  const count = topK ?? Math.min(DEFAULT_TOP_K, labels.length);
  const results = pictures.map(({ name }, index) => ({
    name,
    predictions: topPredictions(logits[index]!, labels, count),
  }));
  const [only] = results;
  if (results.length === 1 && only) {
    const { predictions } = only;
    return context.json<Classification>({ model, version, predictions, requestId });
  }
  return context.json<Classifications>({ model, version, results, requestId });
}

function readTopK(context: EdgeContext): number | undefined {
  const query = ClassifyQuerySchema.safeParse(context.req.query());
  if (query.success) return query.data.top_k;
  const issue = query.error.issues[0];
  throw new EdgeError('QUERY_INVALID', `${issue?.path.join('.')}: ${issue?.message}.`);
}

function checkTopK(topK: number | undefined, classes: number): void {
  if (topK === undefined || topK <= classes) return;
  throw new EdgeError('QUERY_INVALID', `top_k: ${topK} is more than the ${classes} classes.`);
}
