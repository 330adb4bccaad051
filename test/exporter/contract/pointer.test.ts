import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  advancePointer,
  HISTORY_LIMIT,
  type Pointer,
  parsePointer,
  rollbackPointer,
  rollbackTarget,
  serialisePointer,
} from '../../../exporter/contract/pointer.ts';

const digestOf = (version: number) => version.toString(16).padStart(64, '0');
const NAME = { model: 'resnet18', channel: 'live' };
const reference = (version: number) => ({ version, manifestSha256: digestOf(version) });
const version = fc.integer({ min: 1, max: 1000 });

function published(versions: readonly number[]): Pointer | null {
  return versions.reduce<Pointer | null>(
    (pointer, next) => advancePointer(pointer, NAME, reference(next)),
    null,
  );
}

describe('channel pointer', () => {
  it('starts without history and has nothing to roll back', () => {
    const first = advancePointer(null, NAME, reference(7));
    expect(first).toMatchObject({ version: 7, manifestSha256: digestOf(7), history: [] });
    expect(() => rollbackTarget(first)).toThrow(
      expect.objectContaining({ code: 'NOTHING_TO_ROLL_BACK' }),
    );
    expect(() => rollbackPointer(first, digestOf(1))).toThrow(/Version 7 is the first/);
  });

  it('rolls back what was put into service, step by step', () => {
    fc.assert(
      fc.property(fc.array(version, { minLength: 1, maxLength: HISTORY_LIMIT }), (versions) => {
        const served = versions.filter((next, index) => next !== versions[index - 1]);
        let pointer = published(versions);
        for (const expected of served.reverse()) {
          expect(pointer?.version).toBe(expected);
          if (pointer === null || pointer.history.length === 0) break;
          const target = rollbackTarget(pointer);
          pointer = rollbackPointer(pointer, digestOf(target));
        }
        expect(pointer?.history).toEqual([]);
      }),
    );
  });

  it('is unchanged by publishing again what it serves', () => {
    const pointer = published([1, 2]);
    expect(advancePointer(pointer, NAME, reference(2))).toEqual(pointer);
  });

  it('forgets the oldest versions beyond its limit', () => {
    const pointer = published(Array.from({ length: HISTORY_LIMIT + 5 }, (_, index) => index + 1));
    expect(pointer?.history).toHaveLength(HISTORY_LIMIT);
    expect(pointer?.history[0]).toBe(5);
  });

  it('survives being stored', () => {
    fc.assert(
      fc.property(fc.array(version, { minLength: 1 }), (versions) => {
        const pointer = published(versions);
        expect(pointer && parsePointer(serialisePointer(pointer))).toEqual(pointer);
      }),
    );
  });

  it.each([
    ['not JSON', 'nonsense'],
    ['an unknown schema', '{"schema":"patchwork/pointer@9"}'],
    ['a version below one', JSON.stringify({ ...published([1]), version: 0 })],
    ['other white space', JSON.stringify(published([1]))],
    ['a field that is not its own', JSON.stringify({ ...published([1]), extra: 1 })],
  ])('refuses %s', (_, text) => {
    expect(() => parsePointer(new TextEncoder().encode(text))).toThrow(
      expect.objectContaining({ code: 'POINTER_INVALID' }),
    );
  });
});
