import { z } from 'zod';
import { advanceTo, type Move, replaceBy, rollback } from '../version/move.ts';
import { type Moved, MovedSchema, PointerBodySchema } from './admin-schema.ts';
import type { EdgeContext } from './edge-context.ts';
import { EdgeError } from './edge-error.ts';
import { operation } from './operation.ts';
import { readJson } from './read-json.ts';

const MAX_BODY_BYTES = 16_384;

const MOVED = {
  200: {
    description: 'This isolate serves the version',
    content: { 'application/json': MovedSchema },
  },
};

export const movePointer = operation({
  method: 'POST',
  path: '/admin/pointer',
  group: 'Administration',
  summary: 'Serves a stored version, or what a pointer says, once it has passed its checks',
  role: 'publish',
  parameters: z.object({}),
  query: z.object({}),
  body: {
    description:
      'The version, as in `{"version": 2}`; or `{"pointer": ...}`, the only one taken where keys are configured.',
    content: { 'application/json': PointerBodySchema },
  },
  replies: MOVED,
  problems: [
    'BODY_INVALID',
    'VERSION_UNKNOWN',
    'POINTER_REFUSED',
    'VERSION_REFUSED',
    'POINTER_CONFLICT',
    'NOT_READY',
  ],
  handle: async (context) => {
    const body = await readJson(context.req.raw, PointerBodySchema, MAX_BODY_BYTES);
    checkName(context, 'pointer' in body ? body.pointer : body);
    if ('pointer' in body) return move(context, replaceBy(body.pointer));
    requireNoKeys(context);
    return move(context, advanceTo(body.version));
  },
});

export const rollBack = operation({
  method: 'POST',
  path: '/admin/rollback',
  group: 'Administration',
  summary: 'Serves the version that the channel served before',
  role: 'publish',
  parameters: z.object({}),
  query: z.object({}),
  body: null,
  replies: MOVED,
  problems: [
    'NOTHING_PUBLISHED',
    'NOTHING_TO_ROLL_BACK',
    'POINTER_INVALID',
    'VERSION_UNKNOWN',
    'POINTER_REFUSED',
    'VERSION_REFUSED',
    'POINTER_CONFLICT',
    'NOT_READY',
  ],
  handle: (context) => {
    requireNoKeys(context);
    return move(context, rollback);
  },
});

async function move(context: EdgeContext, change: Move): Promise<Response> {
  const { isolate, requestId } = context.var;
  const { model, channel } = isolate.settings;
  const version = await isolate.versions.promote(context.executionCtx, change);
  return context.json<Moved>({ model, channel, version, requestId });
}

function checkName(context: EdgeContext, name: { model?: string; channel?: string | undefined }) {
  const { model, channel } = context.var.isolate.settings;
  if ((name.model ?? model) === model && (name.channel ?? channel) === channel) return;
  throw new EdgeError(
    'BODY_INVALID',
    `channel: this worker moves only ${channel} of ${model}, which it serves.`,
  );
}

/** Where keys are configured, only what one of them signed is followed, and the worker has none. */
function requireNoKeys(context: EdgeContext): void {
  if (context.var.isolate.settings.trustedKeys.length === 0) return;
  throw new EdgeError(
    'POINTER_REFUSED',
    'Only signed pointers are taken here: send {"pointer": ...}, as `patchwork promote` and `patchwork rollback` make it.',
  );
}
