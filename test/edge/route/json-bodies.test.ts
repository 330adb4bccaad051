import { reset } from 'cloudflare:test';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ClassificationsSchema } from '../../../edge/route/classify-schema.ts';
import { noise, SIDE } from '../../edge-fixture/noise.ts';
import { expectProblem, TestIsolate } from '../isolate.ts';
import { publish } from '../registry.ts';

const { pictures } = inject('fixture');
const isolate = new TestIsolate();
const INFER = '/v2/models/resnet18/infer';
const MANY = 20_000;

beforeAll(() => publish(1));
afterAll(reset);

function post(path: string, body: string): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return isolate.fetch(path, { method: 'POST', body, headers });
}

const listOf = (element: string, count = MANY) => `[${`${element},`.repeat(count)}${element}]`;

describe('JSON of much structure', () => {
  it.each([
    ['numbers for pictures', `{"pictures":${listOf('1')}}`],
    ['objects for pictures', `{"pictures":${listOf('{}')}}`],
    ['objects alone', listOf('{}')],
    ['members', `{${'"a":0,'.repeat(MANY)}"b":1}`],
    ['brackets within brackets', '['.repeat(MANY)],
  ])('is refused before it is parsed: %s', async (_, body) => {
    const { detail } = await expectProblem(await post('/classify', body), 400, 'BODY_INVALID');
    expect(detail).toContain('values and members');
  });

  it('is refused of tensors too, in their place and beside them', async () => {
    const tensor = `{"name":"pixels","datatype":"UINT8","shape":[1,1,1,3],"data":${listOf('[]')}}`;
    for (const [inputs, status] of [
      [listOf('{}'), 400],
      [`[${tensor}]`, 422],
      [`[{"data":[1,2,3],"data":[1,2,3]}]`, 400],
    ] as const) {
      expect((await post(INFER, `{"inputs":${inputs}}`)).status).toBe(status);
    }
  });

  it('has its pictures counted before each is looked at', async () => {
    const response = await post('/classify', `{"pictures":${listOf('1', 99)}}`);
    await expectProblem(response, 413, 'TOO_MANY_PICTURES');
  });
});

describe('JSON of as much as may be sent', () => {
  it('may be sixteen pictures, whatever their names hold', async () => {
    const names = Array.from({ length: 16 }, (_, index) => `${index}${',[{"\\'.repeat(40)}`);
    const body = { pictures: names.map((name) => ({ name, data: pictures[0] })) };
    const { results } = ClassificationsSchema.parse(
      await (await post('/classify', JSON.stringify(body))).json(),
    );
    expect(results.map(({ name }) => name)).toEqual(names);
  });

  it('may be a tensor of sixteen pictures, flat or nested in any layout of text', async () => {
    const flat = Array.from({ length: 16 }, (_, seed) => [...noise(seed)]).flat();
    const request = (data: unknown) => ({
      inputs: [{ name: 'pixels', datatype: 'UINT8', shape: [16, SIDE, SIDE, 3], data }],
      outputs: [{ name: 'logits' }],
    });
    const nested = chunksOf(chunksOf(chunksOf(flat, 3), SIDE), SIDE);
    const answers = [
      JSON.stringify(request(flat)),
      JSON.stringify(request(nested)),
      JSON.stringify(request(nested), null, '\t'),
    ].map(async (body) => (await post(INFER, body)).json());
    const [first, ...others] = await Promise.all(answers);
    expect(first).toMatchObject({ outputs: [{ name: 'logits', shape: [16, 10] }] });
    for (const other of others) expect(other).toEqual(first);
  });

  it('may be two million numbers', async () => {
    const side = 820;
    const data = `[${'7,'.repeat(3 * side * side - 1)}7]`;
    const shape = [1, side, side, 3];
    const input = JSON.stringify({ name: 'pixels', datatype: 'UINT8', shape });
    const body = `{"inputs":[${input.slice(0, -1)},"data":${data}}]}`;
    expect((await post(INFER, body)).status).toBe(200);
  });
});

describe('the numbers of a tensor', () => {
  const shape = '"name":"pixels","datatype":"UINT8","shape":[1,1,1,3]';

  it.each(['[1, 2, 3]', '[[[[1,2,3]]]]', '[[1],\n[2e0],[30E-1]]'])(
    'may be %s, behind or before what they are of',
    async (data) => {
      for (const input of [`{${shape},"data":${data}}`, `{ "data" : ${data}, ${shape}}`]) {
        expect((await post(INFER, `{"inputs":[${input}]}`)).status).toBe(200);
      }
    },
  );

  it.each([
    '[1,2,3,]',
    '[1,2,,3]',
    '[1][2,3]',
    '[01,2,3]',
    '[1,2,+3]',
    '[1,2,256]',
    '[1,2,0.5]',
    '[1,2,"3"]',
    '[1,2,null]',
    '[[[[[1,2,3]]]]]',
    '[[],2,3]',
    '[]',
    '[1,2,3',
  ])('may not be %s', async (data) => {
    const response = await post(INFER, `{"inputs":[{${shape},"data":${data}}]}`);
    expect([400, 422]).toContain(response.status);
    expect(await response.json()).toEqual({ error: expect.any(String) });
  });

  it('are those of the input, and of nothing else', async () => {
    const outputs = '"outputs":[{"name":"logits","data":[1,2,3]}]';
    expect((await post(INFER, `{"inputs":[{${shape}}],${outputs}}`)).status).toBe(422);
  });
});

function chunksOf<T>(values: readonly T[], size: number): T[][] {
  return Array.from({ length: values.length / size }, (_, index) =>
    values.slice(index * size, (index + 1) * size),
  );
}
