import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataSet } from '../../../../trainer/data/data-set.ts';
import type { PictureSet } from '../../../../trainer/data/picture-set.ts';
import { arguableMistakes } from '../../../../trainer/evaluation/uncertainty/arguable-mistake.ts';
import { readLabelUncertainty } from '../../../../trainer/evaluation/uncertainty/read-label-uncertainty.ts';

const pictures: PictureSet = {
  name: 'three',
  height: 1,
  width: 1,
  labelNames: ['cat', 'dog', 'owl'],
  count: 4,
  pixels: new Uint8Array(12),
  labels: Uint8Array.of(0, 1, 2, 0),
};
const data = dataSet('three', pictures, pictures, { mean: [0, 0, 0], std: [1, 1, 1] });

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchwork-uncertainty-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function read(content: string | Uint8Array) {
  const path = join(folder, 'people');
  await writeFile(path, content);
  return readLabelUncertainty(path, data);
}

const written = (pictures: unknown, rest: object = {}) =>
  JSON.stringify({
    schema: 'patchwork/label-uncertainty@1',
    fingerprint: data.fingerprint(),
    pictures,
    ...rest,
  });

/** As numpy.save writes it, version 1.0. */
function numpy(
  rows: readonly (readonly number[])[],
  { descr = '<f8', order = 'False', columns = 3 } = {},
): Buffer {
  const shape = `(${rows.length}, ${columns})`;
  const text = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`;
  const head = `${text.padEnd(128 - 10 - 1)}\n`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(head.length);
  const size = descr === '<f4' ? 4 : 8;
  const values = Buffer.alloc(rows.flat().length * size);
  rows.flat().forEach((value, index) => {
    if (size === 4) values.writeFloatLE(value, index * 4);
    else values.writeDoubleLE(value, index * 8);
  });
  return Buffer.concat([
    Buffer.from('\x93NUMPY\x01\x00', 'latin1'),
    length,
    Buffer.from(head, 'latin1'),
    values,
  ]);
}

describe('a mistake is arguable', () => {
  test('where people gave the answer too, by counts, shares or as one of several labels', async () => {
    const people = await read(
      written([
        { picture: 3, labels: ['cat', 'owl'] },
        { picture: 0, labels: { cat: 30, dog: 20 } },
        { picture: 1, labels: { dog: 0.96, cat: 0.04 } },
        { picture: 2, labels: { owl: 1 } },
      ]),
    );
    expect(arguableMistakes(pictures, [1, 0, 1, 2], people)).toEqual([
      { picture: 0, label: 0, answer: 1, share: 0.4 },
      { picture: 3, label: 0, answer: 2, share: null },
    ]);
  });

  test('and no right answer is, whatever people say', async () => {
    const people = await read(written([{ picture: 0, labels: { cat: 1, dog: 99 } }]));
    expect(arguableMistakes(pictures, [0, 0, 0, 0], people)).toEqual([]);
  });

  test.each(['<f8', '<f4'])('by a matrix of NumPy, %s', async (descr) => {
    const rows = [
      [0.5, 0.5, 0],
      [0, 1, 0],
      [0, 0.25, 0.75],
      [0.95, 0.05, 0],
    ];
    const people = await read(numpy(rows, { descr }));
    expect(arguableMistakes(pictures, [1, 0, 1, 1], people)).toEqual([
      { picture: 0, label: 0, answer: 1, share: 0.5 },
      { picture: 2, label: 2, answer: 1, share: 0.25 },
    ]);
  });
});

describe('what is no such file is refused, saying why', () => {
  const even = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
    [1, 0, 0],
  ];
  test.each<[string, string | Uint8Array, string, RegExp]>([
    ['text', 'cat, dog', 'UNCERTAINTY_INVALID', /neither JSON nor a NumPy file/],
    ['no schema', '{}', 'UNCERTAINTY_INVALID', /breaks at schema/],
    [
      'no label',
      written([{ picture: 0, labels: [] }]),
      'UNCERTAINTY_INVALID',
      /pictures\.0\.labels/,
    ],
    [
      'below 0',
      written([{ picture: 0, labels: { cat: -1 } }]),
      'UNCERTAINTY_INVALID',
      /pictures\.0/,
    ],
    [
      'nobody',
      written([{ picture: 1, labels: { cat: 0 } }]),
      'UNCERTAINTY_INVALID',
      /picture 1 .*anybody/,
    ],
    ['beyond', written([{ picture: 4, labels: ['cat'] }]), 'UNCERTAINTY_INVALID', /no picture 4/],
    [
      'unknown',
      written([{ picture: 0, labels: ['cow'] }]),
      'UNCERTAINTY_INVALID',
      /"cow".*cat, dog, owl/,
    ],
    [
      'twice',
      written([0, 0].map((picture) => ({ picture, labels: ['cat'] }))),
      'UNCERTAINTY_INVALID',
      /picture 0 is given twice/,
    ],
    [
      'other data',
      written([], { fingerprint: 'ab' }),
      'DATA_MISMATCH',
      /fingerprint ab; that of three/,
    ],
    ['integers', numpy(even, { descr: '<i8' }), 'UNCERTAINTY_INVALID', /no matrix of <f8/],
    ['columns first', numpy(even, { order: 'True' }), 'UNCERTAINTY_INVALID', /row order/],
    ['cut short', numpy(even).subarray(0, -1), 'UNCERTAINTY_INVALID', /224 bytes|promised/],
    ['a head alone', numpy(even).subarray(0, 9), 'UNCERTAINTY_INVALID', /cut short/],
    ['fewer rows', numpy(even.slice(1)), 'DATA_MISMATCH', /3 rows of 3.*4 test pictures/],
    ['no number', numpy([...even.slice(1), [Number.NaN, 0, 1]]), 'UNCERTAINTY_INVALID', /row 3/],
    [
      'another order',
      numpy([...even].reverse().map(([a, b, c]) => [b!, c!, a!])),
      'DATA_MISMATCH',
      /another order/,
    ],
  ])('%s', async (_, content, code, message) => {
    const refused = { code, message: expect.stringMatching(message) };
    await expect(read(content)).rejects.toMatchObject(refused);
  });

  test('a file that is not there', async () => {
    await expect(readLabelUncertainty(join(folder, 'none'), data)).rejects.toMatchObject({
      code: 'UNCERTAINTY_UNREADABLE',
    });
  });
});
