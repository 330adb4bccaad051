import { expect, test } from 'vitest';
import { narrowToHalf } from '../../../../exporter/format/precision/half-float.ts';
import { widenHalf } from '../../../../trainer/checkpoint/half-precision.ts';

const narrow = (value: number) => narrowToHalf(Float32Array.of(value))[0]!;
const everyHalf = Uint16Array.from({ length: 1 << 16 }, (_, bits) => bits);

test('every half comes back from float32', () => {
  const back = narrowToHalf(widenHalf(everyHalf));
  const isNan = (bits: number) => (bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) !== 0;
  const wrong = everyHalf.filter(
    (bits) => back[bits] !== bits && !(isNan(bits) && isNan(back[bits]!)),
  );
  expect([...wrong]).toEqual([]);
});

test('values between two halves go to the nearer, and to the even one from the middle', () => {
  const finite = everyHalf.slice(0, 0x7bff);
  const values = widenHalf(everyHalf);
  for (let bits = 0; bits < finite.length; bits += 37) {
    const [low, high] = [values[bits]!, values[bits + 1]!];
    expect(narrow(low + (high - low) / 2)).toBe(bits % 2 === 0 ? bits : bits + 1);
    expect(narrow(low + (high - low) * 0.498)).toBe(bits);
    expect(narrow(low + (high - low) * 0.502)).toBe(bits + 1);
  }
});

test('what is too large becomes infinite, and keeps its sign', () => {
  expect(narrow(65519)).toBe(0x7bff);
  expect([narrow(65520), narrow(-1e30), narrow(Number.NEGATIVE_INFINITY)]).toEqual([
    0x7c00, 0xfc00, 0xfc00,
  ]);
  expect(narrow(-1e-30)).toBe(0x8000);
});
