import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { objectKey } from '../../../exporter/contract/object-key.ts';
import { normalise } from '../../../exporter/contract/picture/preprocess.ts';
import { noise, SIDE } from '../../edge-fixture/noise.ts';
import { TestIsolate } from '../isolate.ts';
import { referencePredictions } from '../reference.ts';
import { fixtureVersion, publish } from '../registry.ts';

const isolate = new TestIsolate({ MAX_PICTURES: '4' });
const MODEL = '/v2/models/resnet18';

beforeAll(async () => {
  await publish(1);
  await publish(2);
});
afterAll(reset);

function imageOf(...seeds: number[]): Float32Array {
  const pixels = Uint8Array.from(seeds.flatMap((seed) => [...noise(seed)]));
  return normalise(pixels, fixtureVersion(2).manifest.preprocessing);
}

const image = (count: number, data: unknown, more: object = {}) => ({
  name: 'image',
  datatype: 'FP32',
  shape: [count, 3, SIDE, SIDE],
  data,
  ...more,
});

function infer(body: unknown, path = MODEL): Promise<Response> {
  return isolate.fetch(`${path}/infer`, { method: 'POST', body: JSON.stringify(body) });
}

interface Output {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly data?: readonly number[];
  readonly parameters?: { readonly binary_data_size: number };
}

async function outputsOf(response: Response): Promise<Record<string, Output>> {
  expect(response.status).toBe(200);
  const { outputs } = (await response.json()) as { outputs: Output[] };
  return Object.fromEntries(outputs.map((output) => [output.name, output]));
}

function expectLogits(found: readonly number[] | undefined, version: number, pictures: number[]) {
  const expected = pictures.flatMap((picture) => [...fixtureVersion(version).references[picture]!]);
  expect(found).toHaveLength(expected.length);
  expected.forEach((logit, index) => {
    expect(found?.[index]).toBeCloseTo(logit, 3);
  });
}

describe('the Open Inference Protocol', () => {
  it('says what the server and the model are', async () => {
    expect(await (await isolate.fetch('/v2')).json()).toMatchObject({
      name: 'patchwork',
      extensions: ['binary_tensor_data'],
    });
    expect(await (await isolate.fetch('/v2/health/live')).json()).toEqual({ live: true });
    expect(await (await isolate.fetch('/v2/health/ready')).json()).toEqual({ ready: true });
    expect(await (await isolate.fetch(`${MODEL}/ready`)).json()).toEqual({
      name: 'resnet18',
      ready: true,
    });
    expect(await (await isolate.fetch(`${MODEL}/versions/1`)).json()).toEqual({
      name: 'resnet18',
      versions: ['1'],
      platform: 'onnxruntime_onnx',
      inputs: [
        { name: 'image', datatype: 'FP32', shape: [-1, 3, SIDE, SIDE] },
        { name: 'pixels', datatype: 'UINT8', shape: [-1, -1, -1, 3] },
      ],
      outputs: [
        { name: 'logits', datatype: 'FP32', shape: [-1, 10] },
        { name: 'probabilities', datatype: 'FP32', shape: [-1, 10] },
      ],
    });
  });

  it('refuses a version whose manifest is damaged, or that of another', async () => {
    for (const stored of ['{', JSON.stringify(fixtureVersion(1).manifest)]) {
      await env.MODELS.put(objectKey.manifest('resnet18', 3), stored);
      const response = await isolate.fetch(`${MODEL}/versions/3`);
      expect(response.status).toBe(422);
      expect(await response.json()).toEqual({ error: expect.any(String) });
    }
  });

  it('is not ready with nothing published, by its status too', async () => {
    const empty = new TestIsolate({ CHANNEL: 'empty' });
    for (const path of ['/v2/health/ready', `${MODEL}/ready`]) {
      const response = await empty.fetch(path);
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({ ready: false });
    }
  });

  it('infers FP32, flat or nested, as onnxruntime in Node does', async () => {
    const flat = [...imageOf(1, 2)];
    const nested = [flat.slice(0, flat.length / 2), flat.slice(flat.length / 2)];
    for (const data of [flat, nested]) {
      const response = await infer({ id: 'my-id', inputs: [image(2, data)] });
      const answer = (await response.clone().json()) as object;
      expect(answer).toMatchObject({ model_name: 'resnet18', model_version: '2', id: 'my-id' });
      const { logits, probabilities } = await outputsOf(response);
      expect(logits).toMatchObject({ datatype: 'FP32', shape: [2, 10] });
      expectLogits(logits?.data, 2, [0, 1]);
      for (const { index, probability } of referencePredictions(2, 0)) {
        expect(probabilities?.data?.[index]).toBeCloseTo(probability, 4);
      }
    }
  });

  it('infers UINT8 pixels, and gives only what is asked for', async () => {
    const pixels = { name: 'pixels', datatype: 'UINT8', shape: [1, SIDE, SIDE, 3] };
    const outputs = await outputsOf(
      await infer({
        inputs: [{ ...pixels, data: [...noise(1)] }],
        outputs: [{ name: 'logits' }],
      }),
    );
    expect(Object.keys(outputs)).toEqual(['logits']);
    expectLogits(outputs.logits?.data, 2, [0]);
  });

  it('infers by the version in the path', async () => {
    const inputs = [image(1, [...imageOf(1)])];
    const { logits } = await outputsOf(await infer({ inputs }, `${MODEL}/versions/1`));
    expectLogits(logits?.data, 1, [0]);
  });

  it('takes and gives binary tensors', async () => {
    const values = new Uint8Array(imageOf(1).buffer as ArrayBuffer);
    const parameters = { binary_data_size: values.length };
    const header = JSON.stringify({
      inputs: [image(1, undefined, { parameters })],
      outputs: [
        { name: 'logits', parameters: { binary_data: true } },
        { name: 'probabilities', parameters: { binary_data: false } },
      ],
    });
    const response = await isolate.fetch(`${MODEL}/infer`, {
      method: 'POST',
      headers: { 'inference-header-content-length': String(header.length) },
      body: new Blob([header, values]),
    });
    expect(response.status).toBe(200);
    const length = Number(response.headers.get('inference-header-content-length'));
    const body = await response.arrayBuffer();
    const { outputs } = JSON.parse(new TextDecoder().decode(body.slice(0, length)));
    expect(outputs).toMatchObject([
      { name: 'logits', parameters: { binary_data_size: 40 } },
      { name: 'probabilities', data: expect.any(Array) },
    ]);
    expectLogits([...new Float32Array(body.slice(length))], 2, [0]);
  });

  it('refuses finite numbers that overflow within the network', async () => {
    const huge = Float32Array.from(imageOf(1), (_, index) => (index % 2 ? 3e38 : -3e38));
    const json = await infer({ inputs: [image(1, [...huge])] });
    const parameters = { binary_data_size: huge.byteLength };
    const header = JSON.stringify({
      inputs: [image(1, undefined, { parameters })],
      parameters: { binary_data_output: true },
    });
    const binary = await isolate.fetch(`${MODEL}/infer`, {
      method: 'POST',
      headers: { 'inference-header-content-length': String(header.length) },
      body: new Blob([header, huge]),
    });
    for (const response of [json, binary]) {
      expect(response.status).toBe(422);
      expect(await response.json()).toEqual({ error: expect.stringContaining('overflows') });
    }
  });

  const values = [...imageOf(1)];
  it.each<[string, unknown, number]>([
    ['no inputs', { inputs: [] }, 400],
    ['an unknown input', { inputs: [{ ...image(1, values), name: 'x' }] }, 422],
    ['another type', { inputs: [{ ...image(1, values), datatype: 'UINT8' }] }, 422],
    ['an unknown type', { inputs: [{ ...image(1, values), datatype: 'BF16' }] }, 400],
    ['too few values', { inputs: [image(1, values.slice(1))] }, 422],
    ['a value that is none', { inputs: [image(1, [...values.slice(1), 'a'])] }, 422],
    ['a value that is too large', { inputs: [image(1, [...values.slice(1), 1e300])] }, 422],
    [
      'a size that is not the model’s',
      { inputs: [{ ...image(1, values), shape: [1, 3, 16, 64] }] },
      422,
    ],
    ['too many pictures', { inputs: [image(5, [])] }, 413],
    ['an unknown output', { inputs: [image(1, values)], outputs: [{ name: 'x' }] }, 422],
  ])('refuses %s in the words of the protocol', async (_, body, status) => {
    const response = await infer(body);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error: expect.any(String) });
  });

  it.each([
    ['/v2/models/other', 404],
    ['/v2/models/other/ready', 404],
    [`${MODEL}/versions/9`, 404],
    [`${MODEL}/versions/one`, 404],
    ['/v2/nowhere', 404],
  ])('answers GET %s with %i', async (path, status) => {
    const response = await isolate.fetch(path);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error: expect.any(String) });
  });
});
