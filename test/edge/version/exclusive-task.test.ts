import { afterEach, describe, expect, it, vi } from 'vitest';
import { ExclusiveTask } from '../../../edge/version/exclusive-task.ts';
import type { LoadLease } from '../../../edge/version/load-lease.ts';

afterEach(() => {
  vi.useRealTimers();
});

const background = { waitUntil: () => {} };

/** Work that goes on until it is told to stop. */
function openEnded() {
  let lease!: LoadLease;
  let stop!: () => void;
  const released: string[] = [];
  const work = async (given: LoadLease) => {
    lease = given;
    given.own(() => released.push('first'));
    given.own(() => released.push('second'));
    await new Promise<void>((resolve) => {
      stop = resolve;
    });
  };
  return { work, released, stop: () => stop(), lease: () => lease };
}

describe('exclusive task', () => {
  it('runs one after the other', async () => {
    const task = new ExclusiveTask();
    const log: string[] = [];
    const work = (name: string) => async () => {
      log.push(`${name} starts`);
      await scheduler.wait(5);
      log.push(`${name} ends`);
    };
    await Promise.all(['a', 'b', 'c'].map((name) => task.run(background, work(name))));
    expect(log).toHaveLength(6);
    for (let index = 0; index < 6; index += 2) {
      expect(log[index + 1]).toBe(log[index]?.replace('starts', 'ends'));
    }
    expect(task.running).toBe(false);
  });

  it('passes on what the work throws, and is free again', async () => {
    const task = new ExclusiveTask();
    const failing = task.run(background, () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    await expect(task.run(background, async () => 7)).resolves.toBe(7);
  });

  it('is busy for whoever waits, so that nobody else starts', async () => {
    const task = new ExclusiveTask();
    const first = openEnded();
    const running = task.start(background, first.work);
    const waiting = task.run(background, async () => 'second');
    first.stop();
    await running;
    expect(task.running).toBe(false);
    expect(task.busy).toBe(true);
    await expect(waiting).resolves.toBe('second');
    expect(task.busy).toBe(false);
  });

  it('keeps of a task what it succeeded with, and releases the rest', async () => {
    const task = new ExclusiveTask();
    const released: string[] = [];
    await task.run(background, async (lease) => {
      lease.own(() => released.push('kept'));
      lease.keep();
      lease.own(() => released.push('released'));
    });
    expect(released).toEqual(['released']);
  });

  it('takes the lease of a task that its request left behind', async () => {
    const task = new ExclusiveTask();
    const stuck = openEnded();
    const stuckResult = task.start(background, stuck.work);
    expect(task.running).toBe(true);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 26_000 });
    expect(task.running).toBe(false);
    await task.settled();
    await expect(task.run(background, async () => 'next')).resolves.toBe('next');
    expect(stuck.released).toEqual(['second', 'first']);
    expect(() => stuck.lease().check()).toThrow(expect.objectContaining({ code: 'LOAD_EXPIRED' }));
    stuck.stop();
    await stuckResult;
    expect(stuck.released).toHaveLength(2);
  });
});
