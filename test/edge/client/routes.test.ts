import { expect, it } from 'vitest';
import { PatchworkClient } from '../../../edge/client/client.ts';
import { OPERATIONS } from '../../../edge/route/operations.ts';

/** What stands in a path where a parameter is. */
const PARAMETERS = { id: 'some-id', model: 'some-model', version: '7' };
const { id, model } = PARAMETERS;
const VERSION = Number(PARAMETERS.version);

it('the client has a method for each route', async () => {
  const asked = new Set<string>();
  const client = new PatchworkClient('https://edge.test', {
    fetch: async ({ method, url }) => {
      asked.add(`${method} ${new URL(url).pathname}`);
      return Response.json({});
    },
  });
  const picture = new Uint8Array(1);
  const input = {
    name: 'pixels',
    datatype: 'UINT8',
    shape: [1, 1, 1, 3],
    data: [1, 2, 3],
  } as const;
  const { inference } = client;
  await client.classify(picture);
  await client.versions();
  await client.card(VERSION);
  await client.live();
  await client.ready();
  await client.metrics();
  await client.report({ label: 'cat', picture });
  await client.reportStatus(id);
  await client.reports();
  await client.reportPicture(id);
  await client.settleReport(id, { state: 'rejected', reason: 'no' });
  await client.movePointer({ version: VERSION });
  await client.rollBack();
  await inference.server();
  await inference.live();
  await inference.ready();
  for (const version of [undefined, VERSION]) {
    await inference.model(model, version);
    await inference.modelReady(model, version);
    await inference.infer(model, { inputs: [input] }, version ? { version } : {});
  }
  const filled = (path: string) =>
    path.replaceAll(/:(\w+)/g, (_, name) => PARAMETERS[name as keyof typeof PARAMETERS]);
  const routes = OPERATIONS.map(({ method, path }) => `${method} ${filled(path)}`);
  expect([...asked].sort()).toEqual(routes.sort());
});
