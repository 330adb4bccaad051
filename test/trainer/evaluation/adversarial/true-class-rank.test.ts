import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  rankReport,
  trueClassRanks,
} from '../../../../trainer/evaluation/adversarial/true-class-rank.ts';

const labelNames = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

test('the rank of the true class is its place when the logits are sorted', () => {
  const row = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 7, maxLength: 7 });
  const pictures = fc.array(fc.tuple(row, fc.integer({ min: 0, max: 6 })), { minLength: 1 });
  fc.assert(
    fc.property(pictures, (rows) => {
      const logits = Float32Array.from(rows.flatMap(([values]) => values));
      const labels = Uint8Array.from(rows, ([, label]) => label);
      const set = { count: rows.length, labels, labelNames };
      const expected = rows.map(([values, label]) => {
        const order = [...values.keys()].sort((x, y) => values[y]! - values[x]! || x - y);
        return order.indexOf(label) + 1;
      });
      expect([...trueClassRanks(set, logits)]).toEqual(expected);
      const report = rankReport(set, logits);
      const share = (atMost: number) => expected.filter((rank) => rank <= atMost).length;
      expect(report.accuracy).toBeCloseTo(share(1) / rows.length, 12);
      expect(report.topFive).toBeCloseTo(share(5) / rows.length, 12);
      const sum = expected.reduce((total, rank) => total + rank, 0);
      expect(report.meanRank).toBeCloseTo(sum / rows.length, 12);
    }),
  );
});
