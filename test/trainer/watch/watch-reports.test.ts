import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Outcome } from '../../../exporter/contract/feedback.ts';
import { encodePng } from '../../../trainer/data/picture-file.ts';
import { pictureAt } from '../../../trainer/data/picture-set.ts';
import { ShipError } from '../../../trainer/ship/ship-error.ts';
import { Attempts } from '../../../trainer/watch/attempts.ts';
import { FolderReports } from '../../../trainer/watch/folder-reports.ts';
import type { MistakeReport } from '../../../trainer/watch/report-source.ts';
import {
  MOST_ATTEMPTS,
  type WatchRequest,
  watchReports,
} from '../../../trainer/watch/watch-reports.ts';
import { randomNetwork } from '../export/random-network.ts';
import { stripes } from '../training/stripes.ts';

const network = randomNetwork({ name: 'resnet18', stem: 'cifar', width: 4, classes: 3 }, 12);
const [LABEL] = network.dataSet.labelNames;
const fixed = { state: 'fixed', version: 2, fix: 'abc' } as const;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchwork-watch-'));
  await mkdir(join(folder, LABEL!));
  const { test: set } = stripes({ test: 30 });
  for (const [name, index] of [
    ['a', 0],
    ['b', 1],
  ] as const) {
    await writeFile(join(folder, LABEL!, `${name}.png`), encodePng(pictureAt(set, index)));
  }
});
afterEach(() => rm(folder, { recursive: true }));

/** Looks at the queue as a new process does. @returns what it said */
async function look(changes: Partial<WatchRequest>): Promise<string[]> {
  const said: string[] = [];
  await watchReports({
    source: new FolderReports(folder),
    network,
    attempts: await Attempts.read(join(folder, 'attempts.json')),
    review: async () => 'fix',
    fix: async () => fixed,
    giveUp: async (_, reason) => ({ state: 'rejected', reason }),
    say: (line) => said.push(line),
    ...changes,
  });
  return said;
}

async function outcome(name: string): Promise<unknown> {
  const text = await readFile(join(folder, LABEL!, `${name}.png.outcome.json`), 'utf8').catch(
    () => 'null',
  );
  return JSON.parse(text);
}

describe('a queue of reports', () => {
  test('is settled by what the reviewer says', async () => {
    const reviewed: string[] = [];
    await look({
      review: async ({ report }) => {
        reviewed.push(report.id);
        return reviewed.length === 1 ? 'reject' : 'skip';
      },
      fix: () => Promise.reject(new Error('asked to fix')),
    });
    expect(reviewed).toHaveLength(2);
    expect(await outcome('a')).toMatchObject({ state: 'rejected' });
    expect(await outcome('b')).toBeNull();
    await look({});
    expect(await outcome('b')).toEqual(fixed);
    expect(await look({})).toEqual([`No open report at ${folder}.`]);
  });

  test('gives up a report that fails again and again, and goes on to the next', async () => {
    let tries = 0;
    const fix: WatchRequest['fix'] = async ({ report }) => {
      if (!report.id.endsWith('a.png')) return fixed;
      tries++;
      throw new Error('it answers wrongly');
    };
    for (let times = 0; times < MOST_ATTEMPTS + 1; times++) await look({ fix });
    expect(tries).toBe(MOST_ATTEMPTS);
    expect(await outcome('a')).toMatchObject({
      state: 'rejected',
      reason: expect.stringContaining('it answers wrongly'),
    });
    expect(await outcome('b')).toEqual(fixed);
  });

  test('gives up a report that kills the process each time', async () => {
    let killed = 0;
    const dying = { fix: () => new Promise<never>(() => killed++) };
    for (let times = 0; times < MOST_ATTEMPTS; times++) {
      // Whatever is awaited of a killed process never comes.
      void look(dying);
      while (killed <= times) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const given: string[] = [];
    await look({
      giveUp: async ({ report }, reason) => {
        given.push(report.id);
        return { state: 'rejected', reason };
      },
    });
    expect(given).toEqual([expect.stringMatching(/a\.png$/)]);
    expect(await outcome('a')).toMatchObject({ state: 'rejected' });
    expect(await outcome('b')).toEqual(fixed);
  });

  test('is charged with nothing that would fail for every report', async () => {
    const away = new ShipError('EDGE_REFUSED', 'the edge is away');
    for (let times = 0; times < MOST_ATTEMPTS + 1; times++) {
      await expect(look({ fix: () => Promise.reject(away) })).rejects.toBe(away);
    }
    expect(await outcome('a')).toBeNull();
    await look({});
    expect(await outcome('a')).toEqual(fixed);
  });

  test('goes on behind a report that cannot be read or settled just now', async () => {
    const reports = new FolderReports(folder);
    const failing = (method: 'picture' | 'settle') => ({
      description: reports.description,
      open: () => reports.open(),
      picture: (report: MistakeReport) => {
        if (method === 'picture' && report.id.endsWith('a.png')) throw new Error('no answer');
        return reports.picture(report);
      },
      settle: async (report: MistakeReport, what: Outcome) => {
        if (method === 'settle' && report.id.endsWith('a.png')) throw new Error('no answer');
        await reports.settle(report, what);
      },
    });
    for (let times = 0; times < MOST_ATTEMPTS + 1; times++) {
      await look({ source: failing('settle'), review: async () => 'fix' });
      expect(await outcome('b')).toEqual(fixed);
    }
    await rm(join(folder, LABEL!, 'b.png.outcome.json'));
    await look({ source: failing('picture') });
    expect(await outcome('b')).toEqual(fixed);
    expect(await outcome('a')).toBeNull();
    // It was fixed each time, so that nothing counts against it.
    await look({});
    expect(await outcome('a')).toEqual(fixed);
  });
});
