import { describe, expect, it } from 'vitest';
import { Turnstile } from '../../../edge/version/turnstile.ts';

const background = { waitUntil: () => {} };
const idle = () => false;
const loading = () => true;

describe('turnstile', () => {
  it.each([
    ['idle', idle],
    ['loading', loading],
  ])('lets through in the order of coming, while %s', async (_, load) => {
    const turnstile = new Turnstile();
    const order: number[] = [];
    const passes = Array.from({ length: 20 }, (_, index) =>
      turnstile.pass(background, load, () => order.push(index)),
    );
    await Promise.all(passes);
    expect(order).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  it('gives others a turn between two inferences', async () => {
    const turnstile = new Turnstile();
    const log: string[] = [];
    const passes = Array.from({ length: 10 }, () =>
      turnstile.pass(background, idle, () => log.push('inference')),
    );
    const other = (async () => {
      while (log.filter((entry) => entry === 'inference').length < 10) {
        await scheduler.wait(0);
        log.push('other');
      }
    })();
    await Promise.all([...passes, other]);
    expect(log.join()).not.toContain('inference,inference');
  });

  it('lets all who wait through between two steps of a load', async () => {
    const turnstile = new Turnstile(30_000);
    const log: string[] = [];
    const steps = (async () => {
      for (let step = 0; step < 3; step++) await turnstile.step(() => log.push('step'));
    })();
    // More come all the time: a step waits for those who were there, not for an empty line.
    const clients = Array.from({ length: 4 }, async (_, client) => {
      while (log.filter((entry) => entry === 'step').length < 3) {
        await turnstile.pass(background, loading, () => log.push(`${client}`));
      }
    });
    await Promise.all([...clients, steps]);
    const between = log.join(' ').split('step').slice(1, -1);
    expect(between).toHaveLength(2);
    for (const round of between) {
      expect(new Set(round.trim().split(' '))).toEqual(new Set(['0', '1', '2', '3']));
    }
  });

  it('lets the answer before a step of a load leave first', async () => {
    const turnstile = new Turnstile(30_000);
    const log: string[] = [];
    // So many that a step still waits for the last one when all are in line.
    const answers = Array.from({ length: 60 }, async (_, client) => {
      await turnstile.pass(background, loading, () => {});
      for (let proxy = 0; proxy < 2; proxy++) await scheduler.wait(2);
      log.push(`answer ${client}`);
    });
    await turnstile.step(() => log.push('step'));
    await Promise.all(answers);
    expect(log.indexOf('step')).toBe(60);
  });

  it('goes on after a step that throws', async () => {
    const turnstile = new Turnstile();
    const failing = turnstile.step(() => {
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await expect(turnstile.pass(background, loading, () => 'next')).resolves.toBe('next');
    await expect(turnstile.step(() => 'step')).resolves.toBe('step');
  });

  it('goes on after an inference that throws', async () => {
    const turnstile = new Turnstile();
    const failing = turnstile.pass(background, idle, () => {
      throw new Error('no');
    });
    const next = turnstile.pass(background, idle, () => 'next');
    await expect(failing).rejects.toThrow('no');
    await expect(next).resolves.toBe('next');
  });
});
