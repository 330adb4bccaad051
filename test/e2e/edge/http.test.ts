import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Classification } from '../../../edge/route/classify-schema.ts';
import { project } from '../../docs/documentation.ts';
import { Description } from './described.ts';
import { EXAMPLES, runExample } from './documented-examples.ts';
import { PICTURE, ServedEdge, TOKENS } from './served-edge.ts';

const run = promisify(execFile);
const publisher = { authorization: `Bearer ${TOKENS.ADMIN_TOKEN}` };
const reader = { authorization: `Bearer ${TOKENS.FEEDBACK_TOKEN}` };
const json = { 'content-type': 'application/json' };

let edge: ServedEdge;
beforeAll(async () => {
  edge = await ServedEdge.start();
  await edge.publish(2);
}, 180_000);
afterAll(() => edge?.stop());

describe('the specification', { timeout: 120_000 }, () => {
  let description: Description;

  /** Asks, and holds the answer against the description. */
  async function ask(route: string, init: RequestInit = {}, query = ''): Promise<Response> {
    const [method = '', template = ''] = route.split(' ');
    const [path = '', ...parameters] = template.split('|');
    let index = 0;
    const filled = path.replaceAll(/\{\w+\}/g, () => parameters[index++] ?? '');
    const response = await fetch(`${edge.address}${filled}${query}`, { method, ...init });
    await description.expectDescribed(method, path, response.clone());
    return response;
  }

  test('is OpenAPI, and describes every answer', async () => {
    description = await Description.of(edge.address);
    for (const route of ['/health/live', '/health/ready', '/metrics', '/versions']) {
      await ask(`GET ${route}`);
    }
    await ask('GET /versions/{version}/card|1');
    await ask('GET /versions/{version}/card|1', { headers: { accept: 'text/markdown' } });
    await ask('GET /versions/{version}/card|7');

    const asked = await ask('POST /classify', { body: PICTURE });
    const { predictions, requestId } = (await asked.json()) as Classification;
    const pictures = ['a', 'b'].map((name) => ({ name, data: PICTURE.toString('base64') }));
    const several = { body: JSON.stringify({ pictures }), headers: json };
    await ask('POST /classify', several, '?top_k=2&probabilities=true');
    await ask('POST /classify', { body: PICTURE }, '?top_k=0');
    await ask('POST /classify', { body: 'text' });
    await ask('POST /classify', { body: PICTURE }, '?version=99');

    const report = JSON.stringify({ label: predictions[1]!.label, requestId });
    const kept = await ask('POST /feedback', { body: report, headers: json });
    const { id } = (await kept.json()) as { id: string };
    await ask('POST /feedback', { body: report, headers: json });
    await ask('POST /feedback', { body: '{"label": "cat", "requestId": "?"}', headers: json });
    await ask('GET /feedback', { headers: reader });
    await ask('GET /feedback');
    await ask(`GET /feedback/{id}|${id}`);
    await ask('GET /feedback/{id}|unknown');
    await ask(`GET /feedback/{id}/picture|${id}`, { headers: reader });
    const settle = `PUT /feedback/{id}/outcome|${id}`;
    const fixed = { state: 'fixed', version: 2, fix: 'fix-1' };
    await ask(settle, { body: JSON.stringify(fixed), headers: reader });
    const rejected = { state: 'rejected', reason: 'no' };
    await ask(settle, { body: JSON.stringify(rejected), headers: reader });
    await ask(settle, {
      body: JSON.stringify(rejected),
      headers: { ...reader, 'if-match': '"x"' },
    });

    await ask('POST /admin/pointer', { body: '{"version": 1}', headers: publisher });
    await ask('POST /admin/pointer', { body: '{"version": 9}', headers: publisher });
    await ask('POST /admin/pointer', { body: '{}', headers: publisher });
    await ask('POST /admin/rollback', { headers: publisher });
    await ask('POST /admin/rollback', { headers: { authorization: 'Bearer guess' } });

    for (const route of ['/v2', '/v2/health/live', '/v2/health/ready']) await ask(`GET ${route}`);
    const data = Array(12).fill(7);
    const input = { name: 'pixels', datatype: 'UINT8', shape: [1, 2, 2, 3], data };
    for (const [below, parameters] of [
      ['/v2/models/{model}', 'resnet18'],
      ['/v2/models/{model}/versions/{version}', 'resnet18|2'],
    ]) {
      await ask(`GET ${below}|${parameters}`);
      await ask(`GET ${below}/ready|${parameters}`);
      const infer = `POST ${below}/infer|${parameters}`;
      await ask(infer, { body: JSON.stringify({ inputs: [input] }) });
      const parametersOfAll = { binary_data_output: true };
      await ask(infer, { body: JSON.stringify({ inputs: [input], parameters: parametersOfAll }) });
      await ask(infer, { body: '{}' });
    }
    await ask('GET /v2/models/{model}|other');
    expect(description.succeeded.sort()).toEqual(description.operations.sort());
  });

  test('has a page, which may load its style sheet and nothing else', async () => {
    const response = await fetch(`${edge.address}/reference`);
    const page = await response.text();
    const operations = description.operations.map((operation) => operation.split(' ')[1]!);
    for (const path of operations) expect(page).toContain(path);
    expect(page).not.toMatch(/<script|style=/);
    const policy = response.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("style-src 'self'");
    expect((await fetch(`${edge.address}/style.css`)).status).toBe(200);
  });
});

test('the page has a strict policy', async () => {
  const response = await fetch(`${edge.address}/`);
  expect(response.headers.get('content-type')).toContain('text/html');
  const policy = response.headers.get('content-security-policy');
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
  expect(policy).not.toContain('unsafe');
  expect(await response.text()).not.toMatch(
    / style=|<style|\son\w+=|<script(?! type="module" src=)/,
  );
});

test('the built client runs in Node, and has types', { timeout: 120_000 }, async () => {
  await run('npm', ['run', 'build'], { cwd: project });
  const program = `
    import { PatchworkClient } from 'patchwork/client';
    const client = new PatchworkClient('${edge.address}');
    console.log((await client.ready()).version, (await client.card(1)).fixes[0].label);`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], {
    cwd: project,
  });
  expect(stdout).toBe('2 cat\n');
});

describe('the examples of the documentation', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patchwork-examples-'));
    await writeFile(join(folder, 'photo.png'), PICTURE);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('are there', () => expect(EXAMPLES.length).toBeGreaterThan(10));

  test.each(EXAMPLES)('%s', { timeout: 60_000 }, async (example) => {
    const { body, status } = await runExample(example, edge.address, folder);
    expect(status, body).toBeLessThan(300);
  });
});
