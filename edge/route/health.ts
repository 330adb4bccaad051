import { z } from 'zod';
import type { EdgeContext } from './edge-context.ts';
import { type Live, LiveSchema, type Ready, ReadySchema } from './health-schema.ts';
import { operation } from './operation.ts';

export const live = operation({
  method: 'GET',
  path: '/health/live',
  group: 'Health',
  summary: 'Says that the isolate runs',
  role: null,
  parameters: z.object({}),
  query: z.object({}),
  body: null,
  replies: { 200: { description: 'It runs', content: { 'application/json': LiveSchema } } },
  problems: [],
  handle: (context) => context.json<Live>({ status: 'live', requestId: context.var.requestId }),
});

export const ready = operation({
  method: 'GET',
  path: '/health/ready',
  group: 'Health',
  summary: 'Says whether a version serves, and why not until one does',
  role: null,
  parameters: z.object({}),
  query: z.object({}),
  body: null,
  replies: {
    200: { description: 'A version serves', content: { 'application/json': ReadySchema } },
  },
  problems: ['NOT_READY'],
  handle: async (context) => {
    const version = await readyVersion(context);
    return context.json<Ready>({ status: 'ready', version, requestId: context.var.requestId });
  },
});

/**
 * The version that serves, once one does.
 * @throws VersionError NOT_READY with the reason
 */
export async function readyVersion(context: EdgeContext): Promise<number> {
  const { versions } = context.var.isolate;
  await versions.ready(context.executionCtx);
  return versions.current!.stored.manifest.version;
}
