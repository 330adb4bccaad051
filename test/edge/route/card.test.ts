import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Card, parseCard, serialiseCard } from '../../../exporter/contract/card.ts';
import { objectKey } from '../../../exporter/contract/object-key.ts';
import { card as anyCard } from '../../edge-fixture/card.ts';
import { expectProblem, TestIsolate } from '../isolate.ts';
import { fixtureVersion, MODEL, store } from '../registry.ts';

const KEY = objectKey.card(MODEL, 2);
const PATH = '/versions/2/card';
const card = (version: number): Card => ({
  ...anyCard(version),
  manifestSha256: fixtureVersion(version).manifestSha256,
});
const put = (stored: Card) => env.MODELS.put(KEY, serialiseCard(stored));

beforeEach(() => store(1, 2));
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

  it.each<[string, Partial<Card>]>([
    ['version', { version: 1 }],
    ['model', { model: 'resnet34' }],
    ['manifest', { manifestSha256: fixtureVersion(1).manifestSha256 }],
  ])('refuses that of another %s', async (_, change) => {
    await put({ ...card(2), ...change });
    await expectProblem(await new TestIsolate().fetch(PATH), 409, 'CARD_INVALID');
  });

  it('refuses that of a version whose manifest is damaged or gone', async () => {
    await put(card(2));
    const key = objectKey.manifest(MODEL, 2);
    await env.MODELS.put(key, '{');
    await expectProblem(await new TestIsolate().fetch(PATH), 409, 'CARD_INVALID');
    await env.MODELS.delete(key);
    await expectProblem(await new TestIsolate().fetch(PATH), 404, 'VERSION_UNKNOWN');
  });
});
