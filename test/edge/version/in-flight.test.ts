import { reset } from 'cloudflare:test';
import { exports } from 'cloudflare:workers';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ClassificationSchema, type Prediction } from '../../../edge/route/classify-schema.ts';
import { bytesOf, store } from '../registry.ts';

const png = bytesOf(inject('fixture').png);
const VERSIONS = [1, 2, 3, 4, 5, 6];

beforeAll(() => store(...VERSIONS));
afterAll(reset);

async function classify() {
  const response = await exports.default.fetch('https://edge.test/classify?top_k=10', {
    method: 'POST',
    body: png,
  });
  return { status: response.status, body: await response.json() };
}

async function swapTo(version: number): Promise<void> {
  const response = await exports.default.fetch('https://edge.test/admin/pointer', {
    method: 'POST',
    headers: { authorization: 'Bearer open-sesame' },
    body: JSON.stringify({ version }),
  });
  expect(await response.json()).toMatchObject({ version });
}

describe('requests in flight', () => {
  it('by 8 clients across 5 swaps: none fails, each is answered by one version alone', async () => {
    const references = new Map<number, readonly Prediction[]>();
    for (const version of VERSIONS) {
      await swapTo(version);
      const answer = ClassificationSchema.parse((await classify()).body);
      expect(answer.version).toBe(version);
      references.set(version, answer.predictions);
    }
    expect(new Set([...references.values()].map((row) => JSON.stringify(row))).size).toBe(6);

    const answers: Awaited<ReturnType<typeof classify>>[] = [];
    let swapping = true;
    const clients = Array.from({ length: 8 }, async () => {
      while (swapping) answers.push(await classify());
    });
    try {
      for (const version of [1, 2, 3, 4, 5]) await swapTo(version);
    } finally {
      swapping = false;
    }
    await Promise.all(clients);

    expect(answers.length).toBeGreaterThan(40);
    const seen = new Set<number>();
    for (const { status, body } of answers) {
      expect(status).toBe(200);
      const { version, predictions } = ClassificationSchema.parse(body);
      expect(predictions).toEqual(references.get(version));
      seen.add(version);
    }
    expect(seen.size).toBeGreaterThan(4);
  });
});
