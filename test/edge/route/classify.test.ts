import { reset } from 'cloudflare:test';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  ClassificationSchema,
  ClassificationsSchema,
} from '../../../edge/route/classify-schema.ts';
import { TestIsolate } from '../isolate.ts';
import { expectPredictions, referencePredictions } from '../reference.ts';
import { bytesOf, publish } from '../registry.ts';

const { png, jpeg, webp, largePng, pictures } = inject('fixture');
const isolate = new TestIsolate();

beforeAll(() => publish(1));
afterAll(reset);

async function classification(response: Response) {
  expect(response.status).toBe(200);
  return ClassificationSchema.parse(await response.json());
}

function form(...files: [field: string, name: string, bytes: Uint8Array<ArrayBuffer>][]): FormData {
  const data = new FormData();
  for (const [field, name, bytes] of files) data.append(field, new File([bytes], name));
  return data;
}

describe('POST /classify', () => {
  it.each([
    ['image/png', png],
    ['image/webp', webp],
    ['application/octet-stream', png],
    ['IMAGE/PNG; charset=binary', png],
  ])('answers lossless %s as onnxruntime in Node does', async (type, picture) => {
    const headers = { 'content-type': type };
    const response = await isolate.classify(bytesOf(picture), '', { headers });
    const answer = await classification(response);
    expect(answer).toMatchObject({ model: 'resnet18', version: 1 });
    expect(answer.requestId).toBe(response.headers.get('x-request-id'));
    expectPredictions(answer.predictions, referencePredictions(1, 0).slice(0, 5));
  });

  it('takes a JPEG', async () => {
    const headers = { 'content-type': 'image/jpeg' };
    const answer = await classification(await isolate.classify(bytesOf(jpeg), '', { headers }));
    const [likeliest] = referencePredictions(1, 0);
    expect(answer.predictions[0]?.label).toBe(likeliest?.label);
    expect(answer.predictions[0]?.probability).toBeCloseTo(likeliest!.probability, 2);
  });

  it.each([
    ['another format than is stated', { 'content-type': 'image/jpeg' }],
    ['what curl says untold', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['no content type', {}],
  ])('tells the format by the bytes: %s', async (_, headers) => {
    const answer = await classification(await isolate.classify(bytesOf(png), '', { headers }));
    expectPredictions(answer.predictions, referencePredictions(1, 0).slice(0, 5));
  });

  it('resizes a picture of another size', async () => {
    const answer = await classification(await isolate.classify(bytesOf(largePng), '?top_k=10'));
    const total = answer.predictions.reduce((sum, { probability }) => sum + probability, 0);
    expect(total).toBeCloseTo(1, 10);
  });

  it.each([1, 3, 10])('answers the top %i', async (count) => {
    const answer = await classification(await isolate.classify(bytesOf(png), `?top_k=${count}`));
    expectPredictions(answer.predictions, referencePredictions(1, 0).slice(0, count));
  });

  it('takes one picture as a form', async () => {
    const body = form(['picture', 'a.png', bytesOf(png)]);
    const answer = await classification(await isolate.classify(body));
    expectPredictions(answer.predictions, referencePredictions(1, 0).slice(0, 5));
  });

  it('answers each picture of a form, in order and by name', async () => {
    const names = Array.from({ length: 11 }, (_, index) => `${index}.png`);
    const files = names.map((name, index): [string, string, Uint8Array<ArrayBuffer>] => [
      'picture',
      name,
      bytesOf(pictures[index % pictures.length]!),
    ]);
    const response = await isolate.classify(form(...files), '?top_k=2');
    expect(response.status).toBe(200);
    const { results, version } = ClassificationsSchema.parse(await response.json());
    expect(version).toBe(1);
    expect(results.map(({ name }) => name)).toEqual(names);
    results.forEach(({ predictions }, index) => {
      const expected = referencePredictions(1, index % pictures.length).slice(0, 2);
      expectPredictions(predictions, expected);
    });
  });

  it('gives back the request id that it was sent', async () => {
    const headers = { 'x-request-id': 'my-request_7' };
    const response = await isolate.classify(bytesOf(png), '', { headers });
    expect((await classification(response)).requestId).toBe('my-request_7');
    expect(response.headers.get('x-request-id')).toBe('my-request_7');
  });

  it('makes an id where the one it was sent is not one', async () => {
    const headers = { 'x-request-id': '<script>' };
    const { requestId } = await classification(
      await isolate.classify(bytesOf(png), '', { headers }),
    );
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
  });
});
