import { reset } from 'cloudflare:test';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  ClassificationSchema,
  ClassificationsSchema,
} from '../../../edge/route/classify-schema.ts';
import type { ProblemCode } from '../../../edge/route/problem-code.ts';
import { noise } from '../../edge-fixture/noise.ts';
import { expectProblem, TestIsolate } from '../isolate.ts';
import { expectPredictions, referencePredictions } from '../reference.ts';
import { bytesOf, publish } from '../registry.ts';

const { png, pictures, largePng } = inject('fixture');
const isolate = new TestIsolate({ MAX_PICTURES: '3', MAX_PIXELS: '100000' });
const LABELS = 10;

beforeAll(async () => {
  await publish(1);
  await publish(2);
});
afterAll(reset);

function sendJson(body: unknown, query = ''): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return isolate.classify(typeof body === 'string' ? body : JSON.stringify(body), query, {
    headers,
  });
}

function sendTensor(data: BufferSource, parameters: string): Promise<Response> {
  const headers = { 'content-type': `application/vnd.patchwork.tensor; ${parameters}` };
  return isolate.classify(data, '', { headers });
}

const pixels = (...seeds: number[]) => new Uint8Array(seeds.flatMap((seed) => [...noise(seed)]));
const unit = (...seeds: number[]) => Float32Array.from(pixels(...seeds), (value) => value / 255);

describe('POST /classify of JSON', () => {
  it('takes one picture', async () => {
    const answer = ClassificationSchema.parse(await (await sendJson({ picture: png })).json());
    expectPredictions(answer.predictions, referencePredictions(2, 0).slice(0, 5));
  });

  it('takes several, and answers them by name and in order', async () => {
    const body = { pictures: pictures.map((data, index) => ({ name: `n${index}`, data })) };
    const { results } = ClassificationsSchema.parse(await (await sendJson(body)).json());
    expect(results.map(({ name }) => name)).toEqual(['n0', 'n1', 'n2']);
    results.forEach(({ predictions }, index) => {
      expectPredictions(predictions, referencePredictions(2, index).slice(0, 5));
    });
  });

  it.each<[string, unknown, number, ProblemCode]>([
    ['no JSON', '{', 400, 'BODY_INVALID'],
    ['neither', {}, 400, 'BODY_INVALID'],
    ['both', { picture: png, pictures: [{ name: '', data: png }] }, 400, 'BODY_INVALID'],
    ['no base64', { picture: '!' }, 400, 'BODY_INVALID'],
    ['no pictures', { pictures: [] }, 400, 'BODY_INVALID'],
    ['a nested list', '['.repeat(100_000), 400, 'BODY_INVALID'],
    ['no picture in base64', { picture: 'AAAA' }, 422, 'PICTURE_UNKNOWN_FORMAT'],
    [
      'too many',
      { pictures: Array.from({ length: 4 }, () => ({ name: 'a', data: png })) },
      413,
      'TOO_MANY_PICTURES',
    ],
  ])('refuses %s', async (_, body, status, code) => {
    await expectProblem(await sendJson(body), status, code);
  });
});

describe('POST /classify of a tensor', () => {
  it.each([
    ['uint8', pixels(1, 2)],
    ['float32', unit(1, 2)],
  ])('answers %s as the picture of the same pixels', async (type, data) => {
    const response = await sendTensor(data, `type=${type}; shape="2,32,32,3"`);
    const { results } = ClassificationsSchema.parse(await response.json());
    results.forEach(({ predictions }, index) => {
      expectPredictions(predictions, referencePredictions(2, index).slice(0, 5));
    });
  });

  it('fits bytes of another size as it fits a picture', async () => {
    const asPicture = await (await isolate.classify(bytesOf(largePng))).json();
    const response = await sendTensor(
      new Uint8Array(noise(9, 300)),
      'type=uint8;shape="1,300,300,3"',
    );
    const { predictions } = ClassificationSchema.parse(await response.json());
    expect(asPicture).toMatchObject({ predictions });
  });

  it.each<[string, BufferSource, string, number, ProblemCode]>([
    ['no shape', pixels(1), 'type=uint8', 422, 'TENSOR_INVALID'],
    ['no type', pixels(1), 'shape="1,32,32,3"', 422, 'TENSOR_INVALID'],
    ['four channels', pixels(1), 'type=uint8; shape="1,32,24,4"', 422, 'TENSOR_INVALID'],
    ['a size of 0', pixels(1), 'type=uint8; shape="0,32,32,3"', 422, 'TENSOR_INVALID'],
    ['another length', pixels(1), 'type=uint8; shape="1,32,31,3"', 422, 'TENSOR_INVALID'],
    ['float32 of another size', unit(1), 'type=float32; shape="1,16,64,3"', 422, 'TENSOR_INVALID'],
    [
      'values beyond 1',
      Float32Array.from(pixels(1)),
      'type=float32; shape="1,32,32,3"',
      422,
      'TENSOR_INVALID',
    ],
    ['too many', pixels(1), 'type=uint8; shape="4,16,16,3"', 413, 'TOO_MANY_PICTURES'],
    ['too large', pixels(1), 'type=uint8; shape="1,9000,9000,3"', 413, 'PICTURE_TOO_LARGE'],
  ])('refuses %s', async (_, data, parameters, status, code) => {
    await expectProblem(await sendTensor(data, parameters), status, code);
  });
});

describe('the query of POST /classify', () => {
  it('gives all probabilities, in the order of the labels', async () => {
    const response = await isolate.classify(bytesOf(png), '?probabilities=true&top_k=1');
    const { probabilities = [] } = ClassificationSchema.parse(await response.json());
    expect(probabilities).toHaveLength(LABELS);
    for (const { index, probability } of referencePredictions(2, 0)) {
      expect(probabilities[index]).toBeCloseTo(probability, 4);
    }
  });

  it('pins a version', async () => {
    for (const version of [1, 2, 1]) {
      const response = await isolate.classify(bytesOf(png), `?version=${version}`);
      const answer = ClassificationSchema.parse(await response.json());
      expect(answer.version).toBe(version);
      expectPredictions(answer.predictions, referencePredictions(version, 0).slice(0, 5));
    }
  });

  it.each<[string, number, ProblemCode]>([
    ['version=9', 404, 'VERSION_UNKNOWN'],
    ['version=0', 400, 'QUERY_INVALID'],
    ['version=latest', 400, 'QUERY_INVALID'],
    ['probabilities=1', 400, 'QUERY_INVALID'],
  ])('refuses %s', async (query, status, code) => {
    await expectProblem(await isolate.classify(bytesOf(png), `?${query}`), status, code);
  });
});
