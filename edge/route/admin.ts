import { z } from 'zod';
import { advanceTo, type Move, rollback } from '../version/move.ts';
import { type Moved, MovedSchema, PointerBodySchema } from './admin-schema.ts';
import type { EdgeContext } from './edge-context.ts';
import { EdgeError } from './edge-error.ts';
import { operation } from './operation.ts';
import { readJson } from './read-json.ts';

const MAX_BODY_BYTES = 4096;

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
  summary: 'Serves a stored version, once it has passed its checks',
  role: 'publish',
  parameters: z.object({}),
  query: z.object({}),
  body: {
    description: 'The version, as in `{"version": 2}`',
    content: { 'application/json': PointerBodySchema },
  },
  replies: MOVED,
  problems: [
    'BODY_EMPTY',
    'BODY_INVALID',
    'BODY_TOO_LARGE',
    'VERSION_UNKNOWN',
    'VERSION_REFUSED',
    'POINTER_CONFLICT',
    'NOT_READY',
  ],
  handle: async (context) => {
    const { version, channel } = await readJson(context.req.raw, PointerBodySchema, MAX_BODY_BYTES);
    const served = context.var.isolate.settings.channel;
    if (channel !== undefined && channel !== served) {
      throw new EdgeError(
        'BODY_INVALID',
        `channel: this worker moves only ${served}, which it serves.`,
      );
    }
    return move(context, advanceTo(version));
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
    'VERSION_REFUSED',
    'POINTER_CONFLICT',
    'NOT_READY',
  ],
  handle: (context) => move(context, rollback),
});

async function move(context: EdgeContext, change: Move): Promise<Response> {
  const { isolate, requestId } = context.var;
  const { model, channel } = isolate.settings;
  const version = await isolate.versions.promote(context.executionCtx, change);
  return context.json<Moved>({ model, channel, version, requestId });
}
