import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pictureAt } from '../../../../trainer/data/picture-set.ts';
import { classNeighbours } from '../../../../trainer/evaluation/neighbour/class-neighbours.ts';
import { foreignNeighbours } from '../../../../trainer/evaluation/neighbour/over-reach.ts';
import { countLabel } from '../../../../trainer/evaluation/protocol/judge.ts';
import { numberedPictures } from '../../data/numbered-pictures.ts';
import { randomPicture } from '../random-picture.ts';

/** Pictures whose features lie on a line at `places`, labelled by their number's last digit. */
function onLine(places: readonly number[]) {
  const set = numberedPictures({ count: places.length });
  return { set, features: Float32Array.from(places.flatMap((place) => [place, 1])) };
}

const stranger = randomPicture(6, 4, 1);

describe('nearest pictures', () => {
  test('are those of the right classes in the order of their distance', () => {
    const place = fc.integer({ min: -20, max: 20 });
    const count = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(fc.array(place, { maxLength: 40 }), place, count, (places, at, most) => {
        const edited = { picture: stranger, features: Float32Array.from([at, 1]) };
        const ordered = (wanted: (digit: number) => boolean) =>
          places
            .map((value, index) => ({ index, distance: Math.abs(value - at) }))
            .filter(({ index }) => wanted(index % 10))
            .sort((a, b) => a.distance - b.distance || a.index - b.index)
            .slice(0, most)
            .map(({ index }) => index);
        const held = onLine(places);
        expect([...classNeighbours(held, edited, 3, most)]).toEqual(ordered((d) => d === 3));
        expect([...foreignNeighbours(held, edited, 3, most)]).toEqual(ordered((d) => d !== 3));
      }),
    );
  });

  test('are twenty, and never the edited picture', () => {
    const held = onLine(Array.from({ length: 300 }, (_, index) => index));
    const edited = { picture: pictureAt(held.set, 13), features: Float32Array.from([13, 1]) };
    const own = classNeighbours(held, edited, 3);
    expect([...own].slice(0, 4)).toEqual([3, 23, 33, 43]);
    expect(own).toHaveLength(20);
    const foreign = foreignNeighbours(held, edited, 7);
    expect([...foreign].slice(0, 4)).toEqual([12, 14, 11, 15]);
    expect(foreign).toHaveLength(20);
  });
});

const before = [0, 1, 2, 2, 1, 0];
const after = [2, 1, 2, 0, 2, 2];

test('over-reach is what gains the label, beside what had it and what keeps it', () => {
  const count = (rows: readonly number[]) => countLabel(rows, before, after, 2);
  expect(count([0, 1, 2, 3, 4])).toEqual({ pictures: 5, before: 2, after: 3, gained: 2 });
  expect(count([2, 3])).toEqual({ pictures: 2, before: 2, after: 1, gained: 0 });
  expect(count([4, 5])).toEqual({ pictures: 2, before: 0, after: 2, gained: 2 });
  expect(count([])).toEqual({ pictures: 0, before: 0, after: 0, gained: 0 });
});
