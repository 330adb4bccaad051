import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Versions } from '../../../edge/route/versions-schema.ts';
import { expectRefusal, expectSuccess, patchwork } from '../../trainer/cli/run-command.ts';
import { PICTURE, ServedEdge } from './served-edge.ts';

const CLIENTS = Array.from({ length: 150 }, (_, index) => `client ${index}`);

let edge: ServedEdge;
beforeAll(async () => {
  edge = await ServedEdge.start();
}, 180_000);
afterAll(() => edge?.stop());

const run = (...args: string[]) => patchwork([...args, '--registry', edge.folder], tmpdir());

async function answeredBy(client: string): Promise<number> {
  const response = await fetch(`${edge.address}/classify`, {
    method: 'POST',
    headers: { 'x-client-key': client },
    body: PICTURE,
  });
  return ((await response.json()) as { version: number }).version;
}

/** The clients whom a version answers. */
async function clientsOf(version: number): Promise<string[]> {
  const answers = await Promise.all(CLIENTS.map(answeredBy));
  return CLIENTS.filter((_, index) => answers[index] === version);
}

/** Waits until the edge says this of itself; a request makes it look at the pointer. */
async function untilEdge(says: object): Promise<void> {
  const state = async () => {
    await answeredBy('anybody');
    const { serving, trial } = (await (await fetch(`${edge.address}/versions`)).json()) as Versions;
    return { serving: serving?.version, trial };
  };
  await expect.poll(state, { timeout: 30_000 }).toMatchObject(says);
}

describe('a version that is tried by commands', { timeout: 120_000 }, () => {
  let first: string[] = [];

  test('answers about its share of the clients', async () => {
    await edge.publish(2, 'next');
    const bounds = ['--max-disagreement', '1', '--max-error-rate', '0'];
    const started = expectSuccess(await run('rollout', '2', '--share', '0.3', ...bounds));
    expect(started).toMatch(/serves version 1 of resnet18, and version 2 to 30 % of the clients/);
    await untilEdge({ serving: 1, trial: { version: 2, share: 0.3, state: 'running' } });
    first = await clientsOf(2);
    expect(Math.abs(first.length / CLIENTS.length - 0.3)).toBeLessThan(0.12);
  });

  test('answers more as the share grows, and nobody goes back', async () => {
    const grown = expectSuccess(await run('rollout', '2', '--share', '0.7'));
    expect(grown).toMatch(/version 2 to 70 % of the clients/);
    expect(expectSuccess(await run('rollout'))).toBe(grown);
    expect(grown).toMatch(/more than 0 % of its requests fail or more than 100 % of its answers/);
    await untilEdge({ trial: { version: 2, share: 0.7, state: 'running' } });
    const second = await clientsOf(2);
    expect(second).toEqual(expect.arrayContaining(first));
    expect(Math.abs(second.length / CLIENTS.length - 0.7)).toBeLessThan(0.12);
    const listed = expectSuccess(await run('list'));
    expect(listed).toMatch(/^2, served by next, tried by live \(canary 70 %\): /m);
    expect(expectSuccess(await run('show', '2'))).toMatch(/tried by live \(canary 70 %\)\.$/m);
  });

  test('is served to everybody once it is finished', async () => {
    const finished = expectSuccess(await run('rollout', '2', '--finish'));
    expect(finished).toBe('Channel "live" serves version 2 of resnet18, before version 1.\n');
    await untilEdge({ serving: 2, trial: null });
    expect(await clientsOf(2)).toEqual(CLIENTS);
    expect(expectSuccess(await run('rollout'))).toMatch(/serves version 2 of resnet18 alone\.$/m);
    expectRefusal(await run('rollout', '--finish'), /ROLLOUT_MISSING/);
  });

  test('in shadow answers nobody; where it disagrees, the halt is told', async () => {
    await edge.publish(3, 'next');
    const bounds = ['--share', '1', '--max-disagreement', '0', '--min-requests', '3'];
    const started = expectSuccess(await run('rollout', '3', '--mode', 'shadow', ...bounds));
    expect(started).toMatch(/version 3 runs beside it on 100 % of the requests/);
    await untilEdge({ serving: 2, trial: { version: 3, state: 'halted' } });
    expect(await clientsOf(2)).toEqual(CLIENTS);
    const state = async () => expectSuccess(await run('rollout'));
    await expect.poll(state, { timeout: 30_000 }).toMatch(/too many of its answers differed/);
    const listed = expectSuccess(await run('list'));
    expect(listed).toMatch(/^3, .* \(shadow 100 %, halted: disagreement\): /m);
    expectRefusal(await run('rollout', '3', '--share', '0.5'), /ROLLOUT_HALTED/);
    expect(expectSuccess(await run('rollout', '--stop'))).toMatch(/version 3 is over/);
    await untilEdge({ serving: 2, trial: null });
  });

  test('is over where another one is promoted', async () => {
    expectSuccess(await run('rollout', '3'));
    const promoted = expectSuccess(await run('promote', '1'));
    expect(promoted).toMatch(/before version 2\.\nThe trial of version 3 is over\.$/m);
  });
});
