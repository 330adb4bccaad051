import { advanceTo, type Move, rollback } from '../version/move.ts';
import { type Moved, PointerBodySchema } from './admin-schema.ts';
import type { EdgeContext } from './edge-context.ts';
import { EdgeError } from './edge-error.ts';
import { readBody } from './read-body.ts';

const MAX_BODY_BYTES = 4096;

/** `POST /admin/pointer`: serves the version that the body names, once it has passed its checks. */
export async function movePointer(context: EdgeContext): Promise<Response> {
  const { version, channel } = await readPointerBody(context.req.raw);
  const served = context.var.isolate.settings.channel;
  if (channel !== undefined && channel !== served) {
    throw new EdgeError(
      'BODY_INVALID',
      `channel: this worker moves only ${served}, which it serves.`,
    );
  }
  return move(context, advanceTo(version));
}

/** `POST /admin/rollback`: serves the version that the channel served before. */
export function rollBack(context: EdgeContext): Promise<Response> {
  return move(context, rollback);
}

async function move(context: EdgeContext, change: Move): Promise<Response> {
  const { isolate, requestId } = context.var;
  const { model, channel } = isolate.settings;
  const version = await isolate.versions.promote(context.executionCtx, change);
  return context.json<Moved>({ model, channel, version, requestId });
}

async function readPointerBody(request: Request) {
  const bytes = await readBody(request, MAX_BODY_BYTES);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch (cause) {
    throw new EdgeError('BODY_INVALID', 'The body is not JSON; send {"version": 2}.', { cause });
  }
  const body = PointerBodySchema.safeParse(json);
  if (body.success) return body.data;
  const issue = body.error.issues[0];
  throw new EdgeError(
    'BODY_INVALID',
    `${issue?.path.join('.') || 'body'}: ${issue?.message}; send {"version": 2}.`,
  );
}
