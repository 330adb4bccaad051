import type { RgbPicture } from '../../exporter/contract/picture/rgb-picture.ts';
import { RuntimeError } from '../runtime/runtime-error.ts';
import type { LoadedVersion } from '../version/loaded-version.ts';
import { VersionError } from '../version/version-error.ts';
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
  const { version, logits } = await infer(
    context,
    pictures.map(({ picture }) => picture),
    topK,
  );
  const { model, version: number, labels } = version.stored.manifest;
  const answer = { model, version: number, requestId };
  const ranked = logits.map((row) =>
    topPredictions(row, labels, topK ?? Math.min(DEFAULT_TOP_K, labels.length)),
  );
  const [predictions] = ranked;
  if (pictures.length === 1 && predictions) {
    return context.json<Classification>({ ...answer, predictions });
  }
  const results = pictures.map(({ name }, index) => ({ name, predictions: ranked[index] ?? [] }));
  return context.json<Classifications>({ ...answer, results });
}

interface Inference {
  readonly version: LoadedVersion;
  readonly logits: readonly Float32Array[];
}

/**
 * Takes the version and runs it without awaiting in between, so that a swap falls before or after but
 * never into it. Should the runtime break down, it is rebuilt, and the request runs once more.
 */
async function infer(
  context: EdgeContext,
  pictures: readonly RgbPicture[],
  topK: number | undefined,
): Promise<Inference> {
  const { versions, pace } = context.var.isolate;
  for (let attempt = 0; ; attempt++) {
    await versions.ready(context.executionCtx);
    await pace.turn(() => versions.changing);
    const version = versions.current;
    if (version === null) continue;
    checkTopK(topK, version.stored.manifest.labels.length);
    try {
      return { version, logits: pace.measure(() => version.classify(pictures)) };
    } catch (error) {
      if (!(error instanceof RuntimeError && error.code === 'INSTANCE_LOST')) throw error;
      versions.abandon(version);
      if (attempt > 0)
        throw new VersionError(
          'NOT_READY',
          'The runtime broke down twice over this request; try again.',
          { cause: error },
        );
    }
  }
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
