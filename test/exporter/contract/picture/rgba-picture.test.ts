import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compositeOverWhite } from '../../../../exporter/contract/picture/rgba-picture.ts';

/** A picture whose first pixels are opaque, at any place in its memory. */
const pictures = fc
  .record({
    width: fc.integer({ min: 1, max: 9 }),
    height: fc.integer({ min: 1, max: 5 }),
    opaque: fc.integer({ min: 0, max: 45 }),
    offset: fc.integer({ min: 0, max: 4 }),
    bytes: fc.uint8Array({ minLength: 180, maxLength: 180 }),
  })
  .map(({ width, height, opaque, offset, bytes }) => {
    const data = new Uint8Array(new ArrayBuffer(184), offset, width * height * 4);
    data.set(bytes.subarray(0, data.length));
    for (let pixel = 0; pixel < Math.min(opaque, width * height); pixel++) {
      data[pixel * 4 + 3] = 255;
    }
    return { width, height, data };
  });

describe('compositeOverWhite', () => {
  it('mixes every sample with white by its alpha', () => {
    fc.assert(
      fc.property(pictures, ({ width, height, data }) => {
        const expected = Array.from({ length: width * height * 3 }, (_, at) => {
          const pixel = 4 * Math.floor(at / 3);
          const alpha = data[pixel + 3]! / 255;
          return data[pixel + (at % 3)]! * alpha + 255 * (1 - alpha);
        });
        const { pixels } = compositeOverWhite({ width, height, data });
        expect(pixels).toHaveLength(expected.length);
        for (const [at, value] of expected.entries()) {
          expect(Math.abs(pixels[at]! - value)).toBeLessThan(0.5 + 1e-9);
        }
      }),
      { numRuns: 300, seed: 6 },
    );
  });
});
