import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { expectRefusal, expectSuccess, patchwork } from './run-command.ts';

const COMMANDS = [
  [],
  ['start'],
  ['data'],
  ['data', 'cifar10'],
  ['train'],
  ['evaluate'],
  ['patch'],
  ['fix'],
  ['log'],
  ['undo'],
  ['rebase'],
  ['bisect'],
  ['export'],
  ['publish'],
  ['rollback'],
  ['promote'],
  ['rollout'],
  ['list'],
  ['show'],
  ['verify'],
  ['gc'],
  ['keys'],
  ['keys', 'new'],
  ['import'],
];

describe.concurrent('--help', () => {
  test.each(COMMANDS.map((command) => [['patchwork', ...command].join(' '), command] as const))(
    '%s explains itself, with an example whose options it has',
    async (name, command) => {
      const help = expectSuccess(await patchwork([...command, '--help'], tmpdir()));
      expect(help).toContain(`Usage: ${name} `);
      const examples = help
        .slice(help.indexOf('\nExample:\n'))
        .split('\n')
        .filter((line) => line.startsWith(`  ${name}`));
      expect(examples.length).toBeGreaterThan(0);
      for (const option of examples.join(' ').match(/--[a-z-]+/g) ?? []) {
        if (command.length > 0) expect(help).toContain(`  ${option}`);
      }
    },
  );
});

describe.concurrent('what cannot be understood', () => {
  test.each<[string[], RegExp]>([
    [['tarin'], /unknown command 'tarin'/],
    [['train', '--widht', '8'], /unknown option '--widht'/],
    [['train', '--width', '0'], /--width.*whole number of at least 1/],
    [['train', '--learning-rate', '0'], /--learning-rate.*above 0/],
    [['train', '--engine', 'abacus'], /--engine.*onnx/],
    [['train', '--editable', '--stages', 'layer9'], /no stage "layer9".*layer3/],
    [['patch', '--label', 'cat'], /--image/],
    [['fix', '--label', 'cat'], /--image/],
    [['patch', '--image', 'a.png', '--label', 'cat', '--margin', '-1'], /--margin.*at least 0/],
    [['publish'], /missing required argument 'folder'/],
    [['promote', '0'], /version.*whole number of at least 1/],
    [['rollout', '2', '--share', '1.5'], /--share.*from 0 to 1/],
    [['rollout', '2', '--mode', 'mirror'], /--mode.*canary, shadow/],
    [['rollout', '--stop', '--finish'], /cannot be used with/],
    [['rollout', '2', '--finish', '--share', '1'], /cannot be used with/],
    [['verify', '2'], /version 2 of which model.*--model/i],
    [['list', '--registry', 's3://bucket/path'], /LOCATION_INVALID/],
    [['import', 'network.onnx'], /--data or --labels/],
    [['import', 'a.onnx', '--labels', 'b', '--std', '1,1,0'], /--std.*above 0/],
    [['start', '--port', '70000'], /--port.*65535/],
  ])('patchwork %j', async (args, what) => {
    expectRefusal(await patchwork(args, tmpdir()), what);
  });
});
