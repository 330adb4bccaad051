import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CheckpointError } from '../../../trainer/checkpoint/checkpoint-error.ts';
import type { SafeTensor } from '../../../trainer/checkpoint/safe-tensor.ts';
import { decodeSafetensors, encodeSafetensors } from '../../../trainer/checkpoint/safetensors.ts';

/** A file written by hand: what the header says, then `data`. */
function file(header: unknown, data: Uint8Array = new Uint8Array()): Uint8Array {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return new Uint8Array(Buffer.concat([length, text, data]));
}

const f32 = (...values: number[]): SafeTensor => ({
  dtype: 'F32',
  shape: [values.length],
  data: Float32Array.from(values),
});

const tensor: fc.Arbitrary<SafeTensor> = fc
  .tuple(
    fc.constantFrom('F32', 'F16', 'I64', 'I32', 'U8'),
    fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
    fc.uint8Array({ minLength: 2048, maxLength: 2048 }),
  )
  .map(([dtype, shape, bytes]) => {
    const count = shape.reduce((product, size) => product * size, 1);
    const arrays = {
      F32: Float32Array,
      F16: Uint16Array,
      I64: BigInt64Array,
      I32: Int32Array,
      U8: Uint8Array,
    };
    return { dtype, shape, data: new arrays[dtype](bytes.buffer, 0, count) } as SafeTensor;
  });

const content = fc.tuple(
  fc.dictionary(
    fc.string({ unit: 'grapheme' }).filter((name) => name !== '__metadata__'),
    tensor,
  ),
  fc.dictionary(fc.string(), fc.string({ unit: 'grapheme' })),
);

describe('encodeSafetensors', () => {
  it('is read back bit by bit', () => {
    fc.assert(
      fc.property(content, ([tensors, metadata]) => {
        const bytes = encodeSafetensors(new Map(Object.entries(tensors)), metadata);
        const read = decodeSafetensors(bytes, 'file');
        expect([...read.tensors.keys()].sort()).toEqual(Object.keys(tensors).sort());
        for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
          const same = read.tensors.get(name)!;
          expect([same.dtype, same.shape]).toEqual([dtype, shape]);
          const raw = (array: SafeTensor['data']) =>
            Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('hex');
          expect(raw(same.data)).toBe(raw(data));
        }
        expect(Object.entries(read.metadata).sort()).toEqual(Object.entries(metadata).sort());
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  it('gives the same bytes in whatever order tensors and metadata come', () => {
    fc.assert(
      fc.property(content, ([tensors, metadata]) => {
        const reverse = <T>(record: Record<string, T>) => Object.entries(record).reverse();
        const one = encodeSafetensors(new Map(Object.entries(tensors)), metadata);
        const other = encodeSafetensors(
          new Map(reverse(tensors)),
          Object.fromEntries(reverse(metadata)),
        );
        expect(Buffer.compare(one, other)).toBe(0);
      }),
      { numRuns: 50, seed: 2 },
    );
  });

  it('lays the file out as the format says, each tensor aligned to its elements', () => {
    const bytes = encodeSafetensors(
      new Map<string, SafeTensor>([
        ['b', { dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 3) }],
        ['c', f32(1.5, -2)],
        ['a', { dtype: 'I64', shape: [], data: BigInt64Array.of(-5n) }],
      ]),
      { note: 'x' },
    );
    const view = new DataView(bytes.buffer);
    const length = Number(view.getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = JSON.parse(Buffer.from(bytes.subarray(8, 8 + length)).toString());
    expect(header).toEqual({
      __metadata__: { note: 'x' },
      a: { dtype: 'I64', shape: [], data_offsets: [0, 8] },
      b: { dtype: 'U8', shape: [3], data_offsets: [16, 19] },
      c: { dtype: 'F32', shape: [2], data_offsets: [8, 16] },
    });
    expect(view.getBigInt64(8 + length, true)).toBe(-5n);
    expect(view.getFloat32(16 + length, true)).toBe(1.5);
    expect(bytes.length).toBe(8 + length + 19);
  });

  it('refuses data that does not fill its shape', () => {
    const wrong: SafeTensor = { dtype: 'F32', shape: [2, 2], data: new Float32Array(3) };
    expect(() => encodeSafetensors(new Map([['w', wrong]]), {})).toThrow(/"w" of 3.*\[2,2\]/);
  });
});

describe('decodeSafetensors', () => {
  it('reads a file that another program wrote, unpadded and unaligned', () => {
    const data = Buffer.alloc(5);
    data[0] = 7;
    data.writeFloatLE(2.5, 1);
    const bytes = file(
      '{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"w":{"shape":[1,1],"data_offsets":[1,5],"dtype":"F32"}}  ',
      data,
    );
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    const { tensors, metadata } = decodeSafetensors(shifted.subarray(3), 'file');
    expect(tensors.get('w')).toEqual({ dtype: 'F32', shape: [1, 1], data: Float32Array.of(2.5) });
    expect(tensors.get('x')!.data).toEqual(Uint8Array.of(7));
    expect(metadata).toEqual({});
  });

  it('takes only the tensors that are wanted, and still checks the others', () => {
    const tensors = new Map([
      ['a', f32(1)],
      ['b', f32(2, 3)],
    ]);
    const bytes = encodeSafetensors(tensors, {});
    const onlyB = (name: string) => name === 'b';
    expect([...decodeSafetensors(bytes, 'file', onlyB).tensors]).toEqual([['b', f32(2, 3)]]);
    expect(() => decodeSafetensors(bytes.subarray(0, -4), 'file', (n) => n === 'a')).toThrow(
      /short/,
    );
  });

  const entry = (shape: unknown, offsets: unknown, dtype = 'F32') => ({
    dtype,
    shape,
    data_offsets: offsets,
  });
  const huge = Buffer.alloc(16);
  huge.writeBigUInt64LE(2n ** 63n);
  const eight = new Uint8Array(8);
  const refused: [string, Uint8Array, RegExp][] = [
    ['nothing', new Uint8Array(0), /0 bytes/],
    ['an enormous header', new Uint8Array(huge), /header of 9223372036854776000/],
    ['a header longer than the file', file({ a: 1 }).subarray(0, 12), /cut short.*of 12/],
    ['a header that is not JSON', file('{"a":'), /not JSON/],
    ['a header that is not text', file('{\xff}').fill(0xff, 9, 10), /not JSON/],
    ['a header that is a list', file('[]'), /does not begin with/],
    ['a name twice', file('{"a\\u0062":0,"x":{"ab":1},"ab":0}'), /"ab" twice/],
    ['metadata that is not text', file({ __metadata__: { a: 1 } }), /__metadata__/],
    ['a tensor without description', file({ a: 5 }), /"a" has no description/],
    ['an unknown type', file({ a: entry([2], [0, 8], 'F8') }, eight), /"a" is "F8"/],
    [
      'a type named like an inherited one',
      file({ a: entry([2], [0, 8], 'toString') }, eight),
      /toString/,
    ],
    ['a negative size', file({ a: entry([-2], [0, 8]) }, eight), /shape/],
    ['a fractional size', file({ a: entry([0.5], [0, 2]) }, eight), /shape/],
    [
      'sizes that overflow',
      file({ a: entry([2 ** 52, 2 ** 52], [0, 8]) }, eight),
      /"a" has 8 bytes/,
    ],
    ['one offset', file({ a: entry([2], [0]) }, eight), /data_offsets/],
    ['offsets in reverse', file({ a: entry([2], [8, 0]) }, eight), /"a" has -8 bytes/],
    [
      'a shape that its bytes do not fill',
      file({ a: entry([3], [0, 8]) }, eight),
      /8 bytes.*needs 12/,
    ],
    ['a tensor behind the end', file({ a: entry([3], [0, 12]) }, eight), /cut short: 8/],
    ['a gap', file({ a: entry([1], [4, 8]) }, eight), /"a" follows a gap at byte 4/],
    [
      'an overlap',
      file({ a: entry([2], [0, 8]), b: entry([1], [4, 8]) }, eight),
      /"b" overlaps another at byte 4/,
    ],
    [
      'bytes that nothing describes',
      file({ a: entry([1], [0, 4]) }, eight),
      /4 bytes that no tensor/,
    ],
  ];
  it.each(refused)('refuses %s, naming the file', (_, bytes, message) => {
    const attempt = () => decodeSafetensors(bytes, 'net.safetensors');
    expect(attempt).toThrow(CheckpointError);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(/^net\.safetensors: /);
  });

  it('answers damaged bytes with tensors or a CheckpointError', () => {
    const intact = encodeSafetensors(
      new Map([
        ['layer.weight', f32(1, 2, 3)],
        ['layer.bias', f32(4)],
      ]),
      { schema: 'x' },
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(intact.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.option(fc.nat(intact.length)),
        (damage, cut) => {
          const bytes = intact.slice(0, cut ?? intact.length);
          for (const [at, value] of damage) if (at < bytes.length) bytes[at] = value;
          try {
            decodeSafetensors(bytes, 'file');
          } catch (error) {
            expect(error).toBeInstanceOf(CheckpointError);
          }
        },
      ),
      { numRuns: 2000, seed: 3 },
    );
  });
});
