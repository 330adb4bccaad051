import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { REGISTRY_DEFAULTS } from '../../exporter/registry/defaults.ts';
import { loadNetwork } from '../../trainer/checkpoint/checkpoint.ts';
import { generateEmbedded } from '../../trainer/data/embedded/embedded.ts';
import { encodePng } from '../../trainer/data/picture-file.ts';
import { pictureAt } from '../../trainer/data/picture-set.ts';
import { EdgeProcess } from '../../trainer/demo/edge-process.ts';
import { freePort } from '../../trainer/demo/port.ts';
import { EMBEDDED_CHECKPOINT } from '../../trainer/demo/shipped.ts';
import { PatchLog } from '../../trainer/fix/log/patch-log.ts';
import { expectSuccess, MAIN, patchworkProcess } from '../trainer/cli/run-command.ts';
import { softmaxOfEngine } from './softmax-of-engine.ts';

const TOKEN = 'change-me';
const OPTIONS = ['--checkpoint', EMBEDDED_CHECKPOINT, '--engine', 'onnx'];
/** As few control pictures as a search can be told by, and a gate that lets what they decide through. */
const FIX_OPTIONS = [...OPTIONS, '--control', '60'];
const GATE = { cleanDrawdown: 1, cleanFlips: 1, boundaryFlips: 1, corruptedFlips: 1, overReach: 1 };

let cwd = '';
let edge: EdgeProcess;
/** The version that serves, once two were shipped at once. */
let served = 0;
/** Pictures that the shipped network gets wrong, with their labels. */
const mistakes: { readonly png: Uint8Array; readonly label: string }[] = [];

const run = (...args: string[]) => patchworkProcess(args, cwd, { PATCHWORK_FEEDBACK_TOKEN: TOKEN });
const readLog = () => PatchLog.read(join(cwd, '.patchwork/log'));
const indexPage = () => readFile(join(cwd, '.patchwork/log/reports/index.html'), 'utf8');
const fixing = (mistake: number) => [
  'fix',
  ...FIX_OPTIONS,
  ...['--image', `${mistake}.png`, '--label', mistakes[mistake]!.label, '--ship'],
  ...['--edge', edge.address],
];

async function answer(mistake: number): Promise<{ version: number; label: string }> {
  const response = await fetch(`${edge.address}/classify`, {
    method: 'POST',
    headers: { 'content-type': 'image/png' },
    body: mistakes[mistake]!.png as Uint8Array<ArrayBuffer>,
  });
  const { version, predictions } = (await response.json()) as {
    version: number;
    predictions: { label: string }[];
  };
  return { version, label: predictions[0]!.label };
}

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'patchwork-ship-'));
  const network = await loadNetwork(EMBEDDED_CHECKPOINT);
  const { test: set } = generateEmbedded({ trainCount: 10, testCount: 80 });
  const pictures = Array.from({ length: 80 }, (_, index) => pictureAt(set, index));
  const rows = await softmaxOfEngine(network, pictures);
  for (const [index, row] of rows.entries()) {
    const label = set.labelNames[set.labels[index]!]!;
    const [said] = Object.entries(row).sort(([, a], [, b]) => b - a)[0]!;
    if (said !== label) mistakes.push({ png: encodePng(pictures[index]!), label });
  }
  expect(mistakes.length).toBeGreaterThan(3);
  for (const [index, { png }] of mistakes.entries()) {
    await writeFile(join(cwd, `${index}.png`), png);
  }
  await mkdir(join(cwd, '.patchwork'));
  await writeFile(join(cwd, '.patchwork/gate.json'), JSON.stringify({ ...GATE, totalDrawdown: 1 }));
  const cheap = ['--form', 'fp32:ort', '--control-pictures', '8'];
  expectSuccess(await run('export', ...OPTIONS, ...cheap));
  expectSuccess(await run('publish', '.patchwork/artifacts/resnet18/1'));
  edge = await EdgeProcess.start(await freePort(0), join(cwd, REGISTRY_DEFAULTS.folder), {
    FEEDBACK_TOKEN: TOKEN,
    FEEDBACK: 'on',
    POINTER_TTL_MS: '200',
  });
}, 600_000);
afterAll(async () => {
  await edge?.stop();
  await rm(cwd, { recursive: true, force: true });
});

describe('from a mistake to the edge', { timeout: 600_000 }, () => {
  test('where the edge does not answer by the new version, the channel goes back', async () => {
    const nobody = `http://127.0.0.1:${await freePort(0)}`;
    const { code, stderr } = await run(...fixing(0), '--edge', nobody, '--wait', '1');
    expect(code).toBe(1);
    expect(stderr).toMatch(/LIVE_CHECK_FAILED: Version 2 is rolled back to version 1/);
    expect((await readLog()).entries).toMatchObject([
      { shipping: { state: 'rolled-back', version: 2, reason: expect.stringContaining(nobody) } },
    ]);
    expect(await indexPage()).toMatch(/<td[^>]*>rolled-back</);
    expect(expectSuccess(await run('list'))).toMatch(/^1, served by live/m);
  });

  test('shipping again finishes it, by the version that is stored', async () => {
    expect(expectSuccess(await run('ship', '--edge', edge.address))).toMatch(/^Version 2 is live/);
    expect(await answer(0)).toEqual({ version: 2, label: mistakes[0]!.label });
    expect(await indexPage()).toMatch(/<td[^>]*>live</);
    const again = await run('ship', '--edge', edge.address);
    expect(expectSuccess(again)).toMatch(/^Version 2 serves all fixes/);
  });

  test('one that was killed while it published is finished, beside another that is shipped at once', async () => {
    const child = spawn(process.execPath, [MAIN, ...fixing(1)], {
      cwd,
      detached: true,
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const publishing = async () =>
      (await readLog()).entries.some(({ shipping }) => shipping.state === 'publishing');
    while (child.exitCode === null && !(await publishing())) await delay(5);
    process.kill(-child.pid!, 'SIGKILL');
    await ended;
    expect((await readLog()).entries.at(-1)!.shipping).toMatchObject({ state: 'publishing' });
    const [again, other] = await Promise.all([run(...fixing(1)), run(...fixing(3))]);
    expect(expectSuccess(again)).toMatch(/^Fixed already[\s\S]*Version [34] /);
    expect(expectSuccess(other)).toMatch(/Version [34] is live/);
    const { entries } = await readLog();
    served = Math.max(...entries.map(({ shipping }) => (shipping as { version: number }).version));
    expect(entries.map(({ shipping }) => shipping.state)).toEqual(['live', 'live', 'live']);
    expect(expectSuccess(await run('list'))).toMatch(new RegExp(`^${served}, served by live`, 'm'));
    for (const mistake of [0, 1, 3]) {
      expect(await answer(mistake)).toEqual({ version: served, label: mistakes[mistake]!.label });
    }
  });

  test('watch fixes what people reported to the edge, and tells them', async () => {
    const body = new FormData();
    body.set('label', mistakes[2]!.label);
    body.set('picture', new Blob([mistakes[2]!.png as Uint8Array<ArrayBuffer>]), 'picture');
    const posted = await fetch(`${edge.address}/feedback`, { method: 'POST', body });
    const { id } = (await posted.json()) as { id: string };
    const watching = ['watch', ...FIX_OPTIONS, '--once', '--edge', edge.address];
    expect(expectSuccess(await run(...watching))).toMatch(/Waits for review/);
    expect(expectSuccess(await run(...watching, '--auto'))).toContain(
      `fixed in version ${served + 1}`,
    );
    const status = await (await fetch(`${edge.address}/feedback/${id}`)).json();
    expect(status).toMatchObject({ state: 'fixed', version: served + 1 });
    expect(await answer(2)).toEqual({ version: served + 1, label: mistakes[2]!.label });
    expect(expectSuccess(await run(...watching, '--auto'))).toMatch(/^No open report/);
  });

  test('a report that nothing can be made of is rejected, and the next has its turn', async () => {
    const [known, unknown] = [mistakes[0]!.label, 'zeppelin'].map((name) =>
      join(cwd, 'reports', name),
    );
    for (const folder of [known!, unknown!]) await mkdir(folder, { recursive: true });
    await writeFile(join(known!, 'a.png'), 'no picture');
    await writeFile(join(known!, 'b.png'), mistakes[0]!.png);
    await writeFile(join(known!, 'c.png'), mistakes[0]!.png);
    await writeFile(join(unknown!, 'd.png'), mistakes[1]!.png);
    const watching = ['watch', ...FIX_OPTIONS, '--once', '--auto', '--folder', 'reports'];
    expectSuccess(await run(...watching, '--edge', edge.address));
    const outcome = async (path: string) =>
      JSON.parse(await readFile(`${path}.outcome.json`, 'utf8'));
    expect(await outcome(join(known!, 'a.png'))).toMatchObject({ state: 'rejected' });
    expect(await outcome(join(known!, 'b.png'))).toMatchObject({ state: 'fixed', version: 2 });
    expect(await outcome(join(known!, 'c.png'))).toMatchObject({ state: 'duplicate' });
    expect((await outcome(join(unknown!, 'd.png'))).reason).toContain('zeppelin');
    expect(existsSync(join(cwd, '.patchwork/log/attempts.json'))).toBe(true);
  });
});
