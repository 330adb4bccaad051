import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it } from 'vitest';
import { type Card, parseCard, serialiseCard } from '../../../exporter/contract/card.ts';
import { objectKey } from '../../../exporter/contract/object-key.ts';
import { card } from '../../edge-fixture/card.ts';
import { expectProblem, TestIsolate } from '../isolate.ts';
import { MODEL } from '../registry.ts';

const KEY = objectKey.card(MODEL, 2);
const PATH = '/versions/2/card';
const put = (stored: Card) => env.MODELS.put(KEY, serialiseCard(stored));

afterEach(reset);

describe('GET /versions/{version}/card', () => {
  it('gives the card as JSON', async () => {
    await put(card(2));
    const response = await new TestIsolate().fetch(PATH);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual(parseCard(serialiseCard(card(2))));
  });

  it('gives the card as Markdown where that is asked for', async () => {
    await put(card(2));
    const response = await new TestIsolate().fetch(PATH, { headers: { accept: 'text/markdown' } });
    expect(response.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    expect(await response.text()).toContain('# resnet18, version 2');
  });

  it.each(['/versions/3/card', '/versions/999999/card'])('has no %s', async (path) => {
    await put(card(2));
    await expectProblem(await new TestIsolate().fetch(path), 404, 'CARD_UNKNOWN');
  });

  it('refuses what is none, and what nobody signed where keys are configured', async () => {
    await env.MODELS.put(KEY, '{}');
    await expectProblem(await new TestIsolate().fetch(PATH), 409, 'CARD_INVALID');
    await put(card(2));
    const keys = {
      TRUSTED_KEYS: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    };
    await expectProblem(await new TestIsolate(keys).fetch(PATH), 409, 'CARD_INVALID');
  });
});
