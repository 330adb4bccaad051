import { reset } from 'cloudflare:test';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { PatchworkClient, PatchworkProblem } from '../../../edge/client/client.ts';
import { noise } from '../../edge-fixture/noise.ts';
import { TestIsolate } from '../isolate.ts';
import { expectPredictions, referencePredictions } from '../reference.ts';
import { bytesOf, publish } from '../registry.ts';

const { pictures } = inject('fixture');
const [first, second] = pictures.map(bytesOf) as [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>];
const isolate = new TestIsolate({ FEEDBACK: 'on', FEEDBACK_TOKEN: 'reader' });
const client = (token?: string) =>
  new PatchworkClient('https://edge.test/', {
    fetch: (request) => isolate.send(request),
    ...(token ? { token } : {}),
  });

beforeAll(async () => {
  await publish(1);
  await publish(2);
});
afterAll(reset);

describe('the client', () => {
  it('classifies a picture', async () => {
    const answer = await client().classify(first, { topK: 3, probabilities: true });
    expect(answer).toMatchObject({ model: 'resnet18', version: 2 });
    expectPredictions(answer.predictions, referencePredictions(2, 0).slice(0, 3));
    expect(answer.probabilities).toHaveLength(10);
  });

  it('classifies several pictures by the version that it names', async () => {
    const { version, results } = await client().classifyAll(
      { 'a.png': first, 'b.png': new Blob([second]) },
      { version: 1 },
    );
    expect(version).toBe(1);
    expect(results.map(({ name }) => name)).toEqual(['a.png', 'b.png']);
    expectPredictions(results[1]!.predictions, referencePredictions(1, 1).slice(0, 5));
  });

  it('classifies numbers', async () => {
    const bytes = new Uint8Array(noise(1));
    const values = Float32Array.from(bytes, (value) => value / 255);
    for (const data of [bytes, values]) {
      const answer = await client().classifyTensor({ shape: [1, 32, 32, 3], data });
      if (!('predictions' in answer)) throw new Error('one picture has one answer');
      expectPredictions(answer.predictions, referencePredictions(2, 0).slice(0, 5));
    }
  });

  it('reads what serves', async () => {
    expect(await client().live()).toMatchObject({ status: 'live' });
    expect(await client().ready()).toMatchObject({ version: 2 });
    expect(await client().metrics()).toMatch(/^patchwork_serving_version\{.*\} 2$/m);
    expect((await client().versions()).serving?.version).toBe(2);
  });

  it('reports a mistake, reads the report and settles it', async () => {
    const { predictions, requestId } = await client().classify(first);
    const label = predictions[1]!.label;
    const report = await client().report({ label, requestId });
    expect(report.state).toBe('open');
    const { reports } = await client('reader').reports({ outcome: 'open' });
    expect(reports).toMatchObject([{ id: report.id, label, requestId }]);
    const picture = await client('reader').reportPicture(report.id);
    expect(new Uint8Array(await picture.arrayBuffer())).toEqual(first);
    await client('reader').settleReport(report.id, { state: 'fixed', version: 3, fix: 'f' });
    expect(await client().reportStatus(report.id)).toMatchObject({ state: 'fixed', version: 3 });
  });

  it('changes an outcome that it read, and none that changed meanwhile', async () => {
    const { predictions } = await client().classify(second);
    const { id } = await client().report({ label: predictions[1]!.label, picture: second });
    const reader = client('reader');
    const settled = await reader.settleReport(id, { state: 'rejected', reason: 'as it should be' });
    const read = await client().reportStatus(id);
    expect(read).toMatchObject({ state: 'rejected', etag: settled.etag });

    const fixed = { state: 'fixed', version: 3, fix: 'f' } as const;
    const blind = reader.settleReport(id, fixed);
    await expect(blind).rejects.toMatchObject({ problem: { code: 'OUTCOME_CONFLICT' } });
    const { etag, report } = await reader.settleReport(id, fixed, { etag: read.etag });
    expect(report.outcome).toEqual(fixed);
    expect(etag).not.toBe(read.etag);
    const late = reader.settleReport(id, { state: 'rejected', reason: 'no' }, { etag: read.etag });
    await expect(late).rejects.toMatchObject({ problem: { code: 'PRECONDITION_FAILED' } });
  });

  it('knows a tag again that was weakened on its way', async () => {
    const weakening = new PatchworkClient('https://edge.test', {
      fetch: async ({ method, headers }) =>
        Response.json({ ifMatch: headers.get('if-match') }, { headers: { etag: `W/"${method}"` } }),
    });
    const { etag } = await weakening.reportStatus('id');
    const outcome = { state: 'duplicate', of: 'other' } as const;
    expect(await weakening.settleReport('id', outcome, { etag })).toEqual({
      ifMatch: '"GET"',
      etag: '"PUT"',
    });
  });

  it('moves the channel', async () => {
    expect(await client('open-sesame').movePointer({ version: 1 })).toMatchObject({ version: 1 });
    expect(await client('open-sesame').rollBack()).toMatchObject({ version: 2 });
  });

  it('throws problems', async () => {
    const error = await client('wrong')
      .rollBack()
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PatchworkProblem);
    expect((error as PatchworkProblem).problem).toMatchObject({
      code: 'UNAUTHORIZED',
      status: 401,
    });
  });

  it('takes no other answer for a problem', async () => {
    const other = new PatchworkClient('https://edge.test', {
      fetch: async () => new Response('bad gateway', { status: 502 }),
    });
    await expect(other.ready()).rejects.toThrow('502');
  });
});
