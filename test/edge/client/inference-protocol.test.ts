import { reset } from 'cloudflare:test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InferReply, PatchworkClient, ProtocolError } from '../../../edge/client/client.ts';
import { normalise } from '../../../exporter/contract/picture/preprocess.ts';
import { noise, SIDE } from '../../edge-fixture/noise.ts';
import { TestIsolate } from '../isolate.ts';
import { fixtureVersion, MODEL, publish } from '../registry.ts';

const protocolOf = (isolate: TestIsolate) =>
  new PatchworkClient('https://edge.test', { fetch: (request) => isolate.send(request) }).inference;

const protocol = protocolOf(new TestIsolate());
const unpublished = protocolOf(new TestIsolate({ CHANNEL: 'empty' }));
const bytes = new Uint8Array(noise(1));

const pixels = <Data>(data: Data) =>
  [{ name: 'pixels', datatype: 'UINT8', shape: [1, SIDE, SIDE, 3], data }] as const;

function expectLogits({ model_version, outputs }: InferReply, version: number): void {
  expect(model_version).toBe(String(version));
  const logits = outputs.find(({ name }) => name === 'logits');
  const expected = fixtureVersion(version).references[0]!;
  expect(logits).toMatchObject({ datatype: 'FP32', shape: [1, expected.length] });
  expected.forEach((logit, index) => {
    expect(logits?.data?.[index]).toBeCloseTo(logit, 3);
  });
}

beforeAll(async () => {
  await publish(1);
  await publish(2);
});
afterAll(reset);

describe('the client of the Open Inference Protocol', () => {
  it('reads what the server and its model are', async () => {
    expect(await protocol.server()).toMatchObject({ name: 'patchwork' });
    expect(await protocol.live()).toEqual({ live: true });
    expect(await protocol.model(MODEL)).toMatchObject({ name: MODEL, versions: ['2'] });
    expect(await protocol.model(MODEL, 1)).toMatchObject({ versions: ['1'] });
  });

  it('reads what is ready, and what is not', async () => {
    expect(await protocol.ready()).toEqual({ ready: true });
    expect(await protocol.modelReady(MODEL)).toEqual({ name: MODEL, ready: true });
    expect(await protocol.modelReady(MODEL, 1)).toEqual({ name: MODEL, ready: false });
    expect(await unpublished.ready()).toEqual({ ready: false });
    expect(await unpublished.modelReady(MODEL)).toEqual({ name: MODEL, ready: false });
  });

  it('infers from numbers in JSON, by the version that it names', async () => {
    const reply = await protocol.infer(MODEL, { id: 'a', inputs: pixels([...bytes]) });
    expect(reply.id).toBe('a');
    expectLogits(reply, 2);
    expectLogits(await protocol.infer(MODEL, { inputs: pixels([...bytes]) }, { version: 1 }), 1);
  });

  it('sends typed arrays and takes outputs in binary', async () => {
    const data = new Float32Array(normalise(bytes, fixtureVersion(2).manifest.preprocessing));
    const image = { name: 'image', datatype: 'FP32', shape: [1, 3, SIDE, SIDE], data } as const;
    for (const inputs of [pixels(bytes), [image]] as const) {
      const json = await protocol.infer(MODEL, { inputs });
      expectLogits(json, 2);
      const outputsInFloat32 = json.outputs.map((output) => ({
        ...output,
        data: output.data?.map(Math.fround),
      }));
      const parameters = { binary_data_output: true };
      const binary = await protocol.infer(MODEL, { inputs, parameters });
      expect(binary).toEqual({ ...json, outputs: outputsInFloat32 });
      const outputs = [
        { name: 'probabilities' },
        { name: 'logits', parameters: { binary_data: true } },
      ];
      const mixed = await protocol.infer(MODEL, { inputs, outputs });
      expect(mixed.outputs).toEqual([json.outputs[1], outputsInFloat32[0]]);
    }
  });

  it('throws errors', async () => {
    const unknown = await protocol
      .infer('other', { inputs: pixels([1]) })
      .catch((thrown) => thrown);
    expect(unknown).toBeInstanceOf(ProtocolError);
    expect(unknown).toMatchObject({ status: 404, message: expect.stringContaining('other') });
    await expect(protocol.infer(MODEL, { inputs: pixels([1]) })).rejects.toMatchObject({
      status: 422,
    });
    await expect(unpublished.model(MODEL)).rejects.toMatchObject({ status: 503 });
  });

  it('takes no other answer for one of an edge', async () => {
    const fetch = async () => new Response('bad gateway', { status: 503 });
    const other = new PatchworkClient('https://edge.test', { fetch });
    await expect(other.inference.ready()).rejects.toThrow('not as an edge does');
  });
});
