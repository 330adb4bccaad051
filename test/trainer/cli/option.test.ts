import { expect, test } from 'vitest';
import {
  controlSource,
  notNegative,
  portNumber,
  positive,
  stages,
  wholeNumber,
} from '../../../trainer/cli/option.ts';

test.each<[string, (text: string) => unknown, [string, unknown][], string[]]>([
  [
    'a number above 0',
    positive,
    [
      ['1e-3', 0.001],
      ['2', 2],
    ],
    ['0', '-1', '', ' ', 'x', '1x', 'Infinity', 'NaN', '1,5'],
  ],
  [
    'a number of at least 0',
    notNegative,
    [
      ['0', 0],
      ['.5', 0.5],
    ],
    ['-0.1', '', 'x', '-Infinity'],
  ],
  [
    'a whole number of at least 2',
    wholeNumber(2),
    [['2', 2]],
    ['1', '2.5', '-3', '', 'two', '1e999'],
  ],
  [
    'a port',
    portNumber,
    [
      ['0', 0],
      ['65535', 65535],
    ],
    ['-1', '65536', '80.5', 'http', ''],
  ],
  [
    'what to measure on',
    controlSource,
    [
      ['folder:my photos', { folder: 'my photos' }],
      ['activations:a/control.safetensors', { activations: 'a/control.safetensors' }],
    ],
    ['', 'photos', 'folder:', 'activations:', 'activations'],
  ],
  [
    'stages',
    stages,
    [
      ['layer3', ['layer3']],
      ['stem,layer4,head', ['stem', 'layer4', 'head']],
    ],
    ['', 'layer5', 'layer3,', 'layer3, layer4', 'Head'],
  ],
])('%s is read, and nothing else', (_, parse, good, bad) => {
  for (const [text, value] of good) expect(parse(text)).toEqual(value);
  for (const text of bad) expect(() => parse(text), text).toThrow(/^(Give|There is no stage)/);
});
