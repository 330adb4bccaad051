import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { freePort } from '../../../trainer/demo/port.ts';
import { processesWith } from '../../exporter/workerd/running-processes.ts';
import { MAIN, workingDirectory } from '../cli/run-command.ts';

const marker = `PATCHWORK_TEST_${randomUUID()}`;
const environment = { PATCHWORK_TEST: marker };

/** That both versions answered, the second otherwise, and as the mistaken picture should be. */
function expectWholeWay(output: string): void {
  const mistake = /is an? (\S+), the network says (\S+) \(/.exec(output);
  const [, label, answer] = mistake ?? [];
  expect(mistake, output).not.toBeNull();
  expect(label).not.toBe(answer);
  expect(output).toMatch(new RegExp(`^Answer: ${answer} -> ${label} in \\d+ steps`, 'm'));
  expect(output).toMatch(/^Damage on \d{3,} control pictures .*drawdown -?\d/m);
  const flips = Number(/^(\d+) negative flips/m.exec(output)?.[1]);
  expect(output.match(/^ {2}picture \d+: \S+ -> \S+$/gm) ?? []).toHaveLength(flips);
  expect(output).toMatch(
    /^Version 1 of resnet18(: logits within .*\n {2}int8:delta: opset \d+| comes with the network: int8:delta)/m,
  );
  expect(output).toMatch(/^Version 2 of resnet18: logits within .*\n {2}int8:delta: opset \d+/m);
  expect(output).toMatch(new RegExp(`^Version 1 answers ${answer} `, 'm'));
  expect(output).toMatch(new RegExp(`^Version 2 answers ${label} `, 'm'));
}

describe('patchwork start', () => {
  afterAll(async () => {
    expect(await processesWith(marker)).toEqual([]);
  });

  test('shows the whole way of one fix, stays up until Ctrl-C, and leaves nothing running', {
    timeout: 180_000,
  }, async () => {
    const cwd = await workingDirectory();
    const folder = join(cwd, '.patchwork', 'demo');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'left-by-an-earlier-one'), '');
    const port = await freePort(0);
    const child = spawn(process.execPath, [MAIN, 'start', '--port', `${port}`], {
      cwd,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...environment },
    });
    const ended = new Promise((resolve) => child.once('close', resolve));
    let output = '';
    for await (const text of child.stdout.setEncoding('utf8')) {
      output += text;
      if (/^The edge is up at/m.test(output)) break;
    }
    expectWholeWay(output);
    const address = /^The edge is up at (\S+);/m.exec(output)![1]!;
    expect(address).toBe(`http://127.0.0.1:${port}`);
    expect(await (await fetch(`${address}/versions`)).json()).toBeTypeOf('object');
    expect((await processesWith(marker)).join('\n')).toMatch(/workerd/);

    child.kill('SIGINT');
    expect(await ended).toBe(130);
    await expect.poll(() => processesWith(marker), { timeout: 5000 }).toEqual([]);
    await expect(fetch(`${address}/health/live`)).rejects.toThrow();
    expect((await readdir(folder)).sort()).toEqual(
      ['cache', 'mistake.png', 'patch.safetensors', 'r2', 'version-1', 'version-2'].sort(),
    );
  });
});
