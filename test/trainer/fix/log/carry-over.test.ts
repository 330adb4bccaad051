import { expect, test } from 'vitest';
import { carriedOver } from '../../../../trainer/fix/log/carry-over.ts';
import { randomNetwork } from '../../export/random-network.ts';
import { BASE, handMadePatch } from '../../patch/hand-made-patch.ts';

const { constraints } = handMadePatch(BASE, [1, 2]);
const { dataSet } = randomNetwork({ name: 'resnet18', stem: 'cifar', width: 4, classes: 3 }, 12);
const taking = (height: number, width: number, labelNames: string[]) => ({
  dataSet: {
    ...dataSet,
    labelNames,
    preprocessing: { ...dataSet.preprocessing, height, width },
  },
});

test('a fix asks another network for the class of the same name', () => {
  const [carried] = carriedOver(constraints, taking(4, 3, ['größer', 'leer', 'klein', 'neu']));
  expect(carried).toEqual({ ...constraints[0], label: 0 });
});

test('is refused by a network that knows no such class, or takes other pictures', () => {
  expect(() => carriedOver(constraints, taking(4, 3, ['klein', 'leer']))).toThrow(
    expect.objectContaining({ code: 'LABEL_UNKNOWN' }),
  );
  expect(() => carriedOver(constraints, taking(12, 12, ['größer', 'leer']))).toThrow(
    expect.objectContaining({
      code: 'PICTURE_SIZE',
      message: expect.stringMatching(/3 x 4.*12 x 12/),
    }),
  );
});
