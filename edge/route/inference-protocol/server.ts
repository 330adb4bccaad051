import { z } from 'zod';
import { VersionError } from '../../version/version-error.ts';
import { readyVersion } from '../health.ts';
import { operation } from '../operation.ts';
import {
  ProtocolErrorSchema,
  ServerLiveSchema,
  ServerMetadataSchema,
  ServerReadySchema,
} from './protocol-schema.ts';

const GROUP = 'Open Inference Protocol';

const SHARED = {
  method: 'GET',
  group: GROUP,
  role: null,
  parameters: z.object({}),
  query: z.object({}),
  body: null,
  problems: [],
  error: ProtocolErrorSchema,
} as const;

export const serverMetadata = operation({
  ...SHARED,
  path: '/v2',
  summary: 'Names the server and its extensions',
  replies: {
    200: { description: 'The server', content: { 'application/json': ServerMetadataSchema } },
  },
  handle: (context) =>
    context.json({ name: 'patchwork', version: '0.1.0', extensions: ['binary_tensor_data'] }),
});

export const serverLive = operation({
  ...SHARED,
  path: '/v2/health/live',
  summary: 'Says that the isolate runs',
  replies: { 200: { description: 'It runs', content: { 'application/json': ServerLiveSchema } } },
  handle: (context) => context.json({ live: true }),
});

export const serverReady = operation({
  ...SHARED,
  path: '/v2/health/ready',
  summary: 'Says whether a version serves',
  replies: {
    200: { description: 'One serves', content: { 'application/json': ServerReadySchema } },
    503: { description: 'None serves', content: { 'application/json': ServerReadySchema } },
  },
  handle: async (context) => {
    const ready = await readyVersion(context).then(() => true, whereNotReady);
    return context.json({ ready }, ready ? 200 : 503);
  },
});

/** False of NOT_READY alone. */
export function whereNotReady(error: unknown): false {
  if (error instanceof VersionError && error.code === 'NOT_READY') return false;
  throw error;
}
