import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { bisectCommand } from '../../trainer/cli/bisect.ts';
import { dataCommand } from '../../trainer/cli/data.ts';
import { doctorCommand } from '../../trainer/cli/doctor.ts';
import { engineCommand } from '../../trainer/cli/engine.ts';
import { evaluateCommand } from '../../trainer/cli/evaluate.ts';
import { exportCommand } from '../../trainer/cli/export.ts';
import { fixCommand } from '../../trainer/cli/fix.ts';
import { gcCommand } from '../../trainer/cli/gc.ts';
import { importCommand } from '../../trainer/cli/import.ts';
import { keysCommand } from '../../trainer/cli/keys.ts';
import { listCommand } from '../../trainer/cli/list.ts';
import { logCommand } from '../../trainer/cli/log.ts';
import { packageCommand } from '../../trainer/cli/package.ts';
import { patchCommand } from '../../trainer/cli/patch.ts';
import { promoteCommand } from '../../trainer/cli/promote.ts';
import { publishCommand } from '../../trainer/cli/publish.ts';
import { rebaseCommand } from '../../trainer/cli/rebase.ts';
import { rollbackCommand } from '../../trainer/cli/rollback.ts';
import { rolloutCommand } from '../../trainer/cli/rollout.ts';
import { shipCommand } from '../../trainer/cli/ship.ts';
import { showCommand } from '../../trainer/cli/show.ts';
import { startCommand } from '../../trainer/cli/start.ts';
import { trainCommand } from '../../trainer/cli/train.ts';
import { undoCommand } from '../../trainer/cli/undo.ts';
import { verifyCommand } from '../../trainer/cli/verify.ts';
import { watchCommand } from '../../trainer/cli/watch.ts';
import { DEFAULT_THRESHOLDS } from '../../trainer/fix/gate/thresholds.ts';
import { code, documents, project, shellLines, tableRows } from './documentation.ts';

/** The commands, which parse what they are given and then do nothing. */
function inertProgram(): Command {
  const program = new Command('patchwork');
  const commands = [
    startCommand(),
    dataCommand(),
    trainCommand(),
    importCommand(),
    evaluateCommand(),
    patchCommand(),
    fixCommand(),
    logCommand(),
    undoCommand(),
    rebaseCommand(),
    bisectCommand(),
    shipCommand(),
    watchCommand(),
    exportCommand(),
    packageCommand(),
    publishCommand(),
    promoteCommand(),
    rolloutCommand(),
    rollbackCommand(),
    listCommand(),
    showCommand(),
    verifyCommand(),
    gcCommand(),
    keysCommand(),
    doctorCommand(),
    engineCommand(),
  ];
  for (const command of commands) program.addCommand(command);
  const silence = (command: Command): void => {
    command.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
    if (command.commands.length === 0) command.action(() => {});
    for (const child of command.commands) silence(child);
  };
  silence(program);
  return program;
}

const documented = shellLines().flatMap(({ document, line }) =>
  [...line.matchAll(/npx patchwork ([^#|&;]*)/g)].map(
    ([, words]) => [document, words!.trim()] as const,
  ),
);

test('the documentation shows every command', () => {
  const shown = new Set(documented.map(([, words]) => words.split(' ')[0]));
  const names = inertProgram().commands.map((command) => command.name());
  expect([...shown].sort()).toEqual(names.filter((name) => name !== 'start').sort());
});

test.each(documented)('%s: npx patchwork %s is understood', (_, words) => {
  expect(() => inertProgram().parse(words.split(/\s+/), { from: 'user' })).not.toThrow();
});

describe('options of training.md', () => {
  const sections: [string, () => Command][] = [
    ['## What `train` does', trainCommand],
    ['## Editable Training', trainCommand],
    ['## Patching', patchCommand],
    ['## Evaluating', evaluateCommand],
  ];
  test.each(sections)('%s has the defaults of the command', (heading, command) => {
    const options = new Map(command().options.map((option) => [option.long, option.defaultValue]));
    const rows = tableRows('docs/training.md', heading);
    expect(rows.length).toBeGreaterThan(0);
    for (const [name, value] of rows) {
      expect(options.has(code(name)), code(name)).toBe(true);
      expect(code(value), code(name)).toBe(String(options.get(code(name)) ?? ''));
    }
  });

  test('has every option of train', () => {
    const text = documents.get('docs/training.md')!;
    for (const { long } of trainCommand().options) expect(text).toContain(`\`${long}\``);
  });
});

test('edge.md has the options of a trial with what they are at first', () => {
  const heading = '## Trying a version on a part of the clients';
  const listed = tableRows('docs/edge.md', heading).map(([name, value]) => [
    code(name),
    code(value),
  ]);
  const options = rolloutCommand().options.map(({ long, description }) => [
    long,
    /at first ([^)]+)\)$/.exec(description)?.[1],
  ]);
  expect(listed).toEqual(options.filter(([, value]) => value !== undefined));
});

test('npm scripts that the documentation names exist', () => {
  const { scripts } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  const named = [...documents.values()].flatMap((text) =>
    [...text.matchAll(/npm (?:run )?(start|test|check|bench|results|types|lint)\b/g)].map(
      ([, name]) => name,
    ),
  );
  expect(named).toContain('start');
  for (const name of named) expect(scripts).toHaveProperty(name!);
});

test('fixing.md has every threshold of the gate with its default', () => {
  const listed = tableRows('docs/fixing.md', '## The gate')
    .filter(([, value]) => code(value) !== '')
    .map(([name, value]) => [code(name), Number(code(value))]);
  expect(Object.fromEntries(listed)).toEqual(DEFAULT_THRESHOLDS);
});
