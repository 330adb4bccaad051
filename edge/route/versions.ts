import { z } from 'zod';
import { VersionError } from '../version/version-error.ts';
import type { EdgeContext } from './edge-context.ts';
import { operation } from './operation.ts';
import { type Versions, VersionsSchema } from './versions-schema.ts';

/** How long the answer waits for a swap that it finds, so as to tell what comes of it. */
const WAIT_MS = 2000;

export const listVersions = operation({
  method: 'GET',
  path: '/versions',
  group: 'Versions',
  summary: 'Says what serves, what should, how the last swap went, and what the bucket holds',
  role: null,
  parameters: z.object({}),
  query: z.object({}),
  body: null,
  replies: {
    200: {
      description: 'The state of this isolate',
      content: { 'application/json': VersionsSchema },
    },
  },
  problems: [],
  handle: describeVersions,
});

async function describeVersions(context: EdgeContext): Promise<Response> {
  const { isolate, requestId } = context.var;
  const { settings, store, versions } = isolate;
  await versions.refreshed(context.executionCtx, WAIT_MS);
  const serving = versions.current;
  const pointer = versions.pointer;
  const listed = await store.versions(pointer?.version ?? 0).catch(whereKnown);
  return context.json<Versions>({
    model: settings.model,
    channel: settings.channel,
    serving: serving
      ? {
          version: serving.stored.manifest.version,
          parent: serving.stored.manifest.parent,
          manifestSha256: serving.stored.sha256,
          form: { precision: serving.form.precision, storage: serving.form.storage },
          labels: serving.stored.manifest.labels,
        }
      : null,
    pointer: pointer && { version: pointer.version, history: pointer.history },
    swap: versions.report,
    trial: versions.trial,
    loaded: versions.loaded.map(({ stored }) => stored.manifest.version).sort((a, b) => a - b),
    versions: listed,
    heapBytes: versions.heapBytes,
    feedback: settings.feedback.on,
    requestId,
  });
}

/** The answer itself says what does not work: an operator needs it most when something does not. */
function whereKnown(error: unknown): null {
  if (error instanceof VersionError) return null;
  throw error;
}
