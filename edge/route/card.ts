import { z } from 'zod';
import { EdgeError } from './edge-error.ts';
import { operation } from './operation.ts';
import { WholeNumber } from './whole-number.ts';

export const card = operation({
  method: 'GET',
  path: '/versions/:version/card',
  group: 'Versions',
  summary: 'Says what a version fixes and what that cost',
  role: null,
  parameters: z.object({ version: WholeNumber }),
  query: z.object({}),
  body: null,
  replies: {
    200: {
      description: 'The card that was published with the version',
      content: { 'application/json': z.looseObject({}) },
    },
  },
  problems: ['CARD_UNKNOWN'],
  handle: async (context, { parameters: { version } }) => {
    const bytes = await context.var.isolate.store.card(version);
    if (bytes === null) {
      throw new EdgeError('CARD_UNKNOWN', `No card was published with version ${version}.`);
    }
    return context.body(bytes, 200, { 'content-type': 'application/json' });
  },
});
