import type { EdgeContext } from './edge-context.ts';

/** `GET /health/live`: the isolate runs. */
export function live(context: EdgeContext): Response {
  return context.json({ status: 'live', requestId: context.var.requestId });
}

/** `GET /health/ready`: a version serves; a problem NOT_READY with the reason until one does. */
export async function ready(context: EdgeContext): Promise<Response> {
  const { isolate, requestId } = context.var;
  await isolate.versions.ready(context.executionCtx);
  const version = isolate.versions.current?.stored.manifest.version;
  return context.json({ status: 'ready', version, requestId });
}
