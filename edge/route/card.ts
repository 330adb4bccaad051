import { accepts } from 'hono/accepts';
import { z } from 'zod';
import { type Card, CardSchema } from '../../exporter/contract/card.ts';
import { cardMarkdown } from '../../exporter/contract/card-markdown.ts';
import type { ChannelStore } from '../version/channel-store.ts';
import { isVersionAtFault } from '../version/refuse.ts';
import { EdgeError } from './edge-error.ts';
import { operation } from './operation.ts';
import { WholeNumber } from './whole-number.ts';

const JSON_TYPE = 'application/json';
const MARKDOWN = 'text/markdown';

CardSchema.register(z.globalRegistry, { id: 'Card' });

export const card = operation({
  method: 'GET',
  path: '/versions/:version/card',
  group: 'Versions',
  summary: 'Says what a version fixes and what that cost',
  role: null,
  parameters: z.object({ version: WholeNumber }),
  query: z.object({}),
  headers: z.object({
    Accept: z.enum([JSON_TYPE, MARKDOWN]).optional().meta({ description: 'JSON by default' }),
  }),
  body: null,
  replies: {
    200: {
      description: 'The card that was published with the version',
      content: { [JSON_TYPE]: CardSchema, [MARKDOWN]: 'text' },
    },
  },
  problems: ['VERSION_UNKNOWN', 'CARD_UNKNOWN', 'CARD_INVALID'],
  handle: async (context, { parameters: { version } }) => {
    const found = await readCard(context.var.isolate.store, version);
    const supports = [JSON_TYPE, MARKDOWN];
    const type = accepts(context, { header: 'Accept', supports, default: JSON_TYPE });
    if (type === JSON_TYPE) return context.json<Card>(found);
    return context.body(cardMarkdown(found), 200, { 'content-type': `${MARKDOWN}; charset=utf-8` });
  },
});

/** The card of a version, once it is known to be of what is stored as that version. */
async function readCard(store: ChannelStore, version: number): Promise<Card> {
  const found = await store.card(version).catch(refuseCard);
  if (found === null) {
    throw new EdgeError('CARD_UNKNOWN', `No card was published with version ${version}.`);
  }
  const { manifest, sha256 } = await store.manifest(version).catch(refuseCard);
  if (
    found.model === manifest.model &&
    found.version === version &&
    found.manifestSha256 === sha256
  ) {
    return found;
  }
  throw new EdgeError(
    'CARD_INVALID',
    `The card stored for version ${version} is that of version ${found.version} of ${found.model}, or of another manifest; publish it again.`,
  );
}

function refuseCard(cause: unknown): never {
  if (!isVersionAtFault(cause)) throw cause;
  throw new EdgeError('CARD_INVALID', cause.message, { cause });
}
