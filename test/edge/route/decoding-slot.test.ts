import { describe, expect, it } from 'vitest';
import { DecodingSlot } from '../../../edge/route/picture/decoding-slot.ts';

const background = { waitUntil: () => {} };

describe('the slot of those who decode', () => {
  it('is held by one at a time, in the order of their coming', async () => {
    const slot = new DecodingSlot();
    const log: string[] = [];
    const all = Array.from({ length: 6 }, async (_, index) => {
      const release = await slot.take(background);
      log.push(`${index} begins`);
      await scheduler.wait(3);
      log.push(`${index} ends`);
      release();
      release();
    });
    await Promise.all(all);
    expect(log).toEqual(
      [0, 1, 2, 3, 4, 5].flatMap((index) => [`${index} begins`, `${index} ends`]),
    );
  });

  it('keeps a request alive until it is released', async () => {
    const slot = new DecodingSlot();
    const kept: Promise<unknown>[] = [];
    const release = await slot.take({ waitUntil: (work) => kept.push(work) });
    let ended = false;
    const end = Promise.all(kept).then(() => {
      ended = true;
    });
    await scheduler.wait(1);
    expect(ended).toBe(false);
    release();
    await end;
  });

  it('passes over one that does not end', async () => {
    const slot = new DecodingSlot();
    await slot.take(background);
    const release = await slot.take(background);
    release();
  });
});
