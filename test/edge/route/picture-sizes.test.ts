import { reset } from 'cloudflare:test';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { ClassificationSchema, type Prediction } from '../../../edge/route/classify-schema.ts';
import { decodeFiles } from '../../../edge/route/picture/decode-files.ts';
import { noise } from '../../edge-fixture/noise.ts';
import { SMALL } from '../../edge-fixture/provided.ts';
import { tryOut } from '../family.ts';
import { TestIsolate } from '../isolate.ts';
import { bytesOf, fixtureVersion, publish, store } from '../registry.ts';

const large = bytesOf(inject('fixture').largePng);
const ALL = '?top_k=10';

afterEach(reset);

async function answerOf(response: Promise<Response>) {
  const answered = await response;
  expect(answered.status).toBe(200);
  return ClassificationSchema.parse(await answered.json());
}

/** What a version alone says of the large picture. */
async function saidBy(version: number): Promise<readonly Prediction[]> {
  await publish(version);
  const { predictions, ...answer } = await answerOf(new TestIsolate().classify(large, ALL));
  expect(answer.version).toBe(version);
  await reset();
  return predictions;
}

describe('a decoded picture', () => {
  it('is held in no more memory than the version takes', async () => {
    const fit = { height: 32, width: 32 };
    const files = [large, large].map((bytes) => ({ name: '', bytes }));
    for (const input of await decodeFiles(files, 200_000, fit)) {
      expect(input).toMatchObject(fit);
      expect('pixels' in input && input.pixels.buffer.byteLength).toBe(3 * 32 * 32);
    }
  });

  it('is answered among many as it is alone, and so are its pixels', async () => {
    const expected = await saidBy(1);
    await publish(1);
    const isolate = new TestIsolate();
    const headers = {
      'content-type': 'application/vnd.patchwork.tensor; type=uint8; shape="1,300,300,3"',
    };
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        answerOf(
          index % 3 === 0
            ? isolate.classify(new Uint8Array(noise(9, 300)), ALL, { headers })
            : isolate.classify(large, ALL),
        ),
      ),
    );
    for (const { predictions } of answers) expect(predictions).toEqual(expected);
  });
});

describe('versions that take pictures of several sizes', () => {
  it('answer each by what was sent, pinned and while they are swapped', async () => {
    const said = new Map([
      [1, await saidBy(1)],
      [SMALL, await saidBy(SMALL)],
    ]);
    await publish(1);
    await store(SMALL);
    const isolate = new TestIsolate();
    const seen = new Set<number>();
    const ask = async (query: string) => {
      const { version, predictions } = await answerOf(isolate.classify(large, ALL + query));
      expect(predictions).toEqual(said.get(version));
      seen.add(version);
    };
    let swapping = true;
    const clients = Array.from({ length: 8 }, async () => {
      while (swapping) await ask('');
    });
    try {
      for (const version of [SMALL, 1, SMALL, 1, SMALL]) {
        expect((await isolate.admin('pointer', { version })).status).toBe(200);
        await ask('');
      }
    } finally {
      swapping = false;
    }
    await Promise.all(clients);
    expect(seen).toEqual(new Set([1, SMALL]));
    await Promise.all([1, SMALL, 1, SMALL].map((version) => ask(`&version=${version}`)));
  });

  it('are tried out beside each other by what was sent', async () => {
    const said = new Map([
      [1, await saidBy(1)],
      [SMALL, await saidBy(SMALL)],
    ]);
    const differ = said.get(1)![0]!.label !== said.get(SMALL)![0]!.label;
    await publish(1);
    await store(SMALL);
    const { manifestSha256 } = fixtureVersion(SMALL);
    const isolate = new TestIsolate();
    await isolate.classify(large);
    await tryOut({ mode: 'canary', version: SMALL, manifestSha256, share: 0.5 });
    expect((await isolate.versions()).trial).toMatchObject({ state: 'running' });
    const versions = await Promise.all(
      Array.from({ length: 12 }, async (_, client) => {
        const headers = { 'x-client-key': `client ${client}` };
        const { version, predictions } = await answerOf(isolate.classify(large, ALL, { headers }));
        expect(predictions).toEqual(said.get(version));
        return version;
      }),
    );
    expect(new Set(versions)).toEqual(new Set([1, SMALL]));
    const { trial } = await isolate.versions();
    expect(trial).toMatchObject({ errors: 0 });
    expect(trial?.disagreements).toBe(differ ? trial?.compared : 0);
  });
});
