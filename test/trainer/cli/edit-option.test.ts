import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import {
  type EditOptions,
  editSettings,
  withEditOptions,
} from '../../../trainer/cli/edit-option.ts';
import { coefficientValues } from '../../../trainer/editor/editor.ts';
import { createEditor, EDITOR_NAMES } from '../../../trainer/editor/editors.ts';

function parse(...args: string[]): EditOptions {
  const command = withEditOptions(new Command().option('--seed <number>', '', Number, 1));
  command.exitOverride().configureOutput({ writeErr: () => {} });
  return command.parse(args, { from: 'user' }).opts();
}

const TRAINED = {
  editor: 'rmsprop',
  coefficients: { rate: 0.003, decay: 0.7 },
  steps: 3,
  margin: 0.5,
  stages: ['layer4'] as const,
};

const summary = (settings: ReturnType<typeof editSettings>) => ({
  ...settings,
  editor: settings.editor.name,
  coefficients: coefficientValues(settings.editor),
});

describe('how edits are made', () => {
  test('is gradient descent on layer3 where a network was not trained to be edited', () => {
    expect(summary(editSettings(parse()))).toEqual({
      editor: 'gradient-descent',
      coefficients: { rate: 0.01 },
      stages: ['layer3'],
      margin: 0.1,
      maxSteps: 10,
      rehearsal: null,
    });
  });

  test('is as the network was trained, with steps to spare', () => {
    expect(summary(editSettings(parse(), TRAINED))).toEqual({
      editor: 'rmsprop',
      coefficients: { rate: 0.003, decay: 0.7 },
      stages: ['layer4'],
      margin: 0.5,
      maxSteps: 10,
      rehearsal: null,
    });
    expect(editSettings(parse(), { ...TRAINED, steps: 12 }).maxSteps).toBe(12);
  });

  test('is what the options say before all else', () => {
    const options = parse(
      ...['--margin', '0.2', '--stages', 'head,layer1', '--steps', '4', '--rate', '0.05'],
      ...['--rehearsal', '2.5', '--rehearsal-batch', '16', '--seed', '9'],
    );
    expect(summary(editSettings(options, TRAINED))).toEqual({
      editor: 'rmsprop',
      coefficients: { rate: 0.05, decay: 0.7 },
      stages: ['head', 'layer1'],
      margin: 0.2,
      maxSteps: 4,
      rehearsal: { weight: 2.5, pictures: 16, seed: 9 },
    });
  });

  test.each(EDITOR_NAMES)('may be by %s, with its own coefficients', (name) => {
    const { editor } = editSettings(parse('--editor', name));
    expect(editor.name).toBe(name);
    expect(coefficientValues(editor)).toEqual(coefficientValues(createEditor(name)));
    const other = editSettings(parse('--editor', name), {
      ...TRAINED,
      editor: 'momentum',
      coefficients: { rate: 0.5 },
    });
    if (name !== 'momentum')
      expect(coefficientValues(other.editor)).toEqual(coefficientValues(editor));
    else expect(coefficientValues(other.editor)).toMatchObject({ rate: 0.5 });
  });

  test('preconditioned edits change the head, unless told otherwise', () => {
    const stages = (...given: string[]) =>
      editSettings(parse('--editor', 'preconditioned-gradient', ...given), TRAINED).stages;
    expect(stages()).toEqual(['head']);
    expect(stages('--stages', 'layer3')).toEqual(['layer3']);
  });

  test('takes several coefficients', () => {
    const options = parse(
      '--editor',
      'adam',
      '--coefficient',
      'rate=0.5',
      '--coefficient',
      'firstDecay=1e-2',
    );
    expect(coefficientValues(editSettings(options).editor)).toEqual({
      rate: 0.5,
      firstDecay: 0.01,
      secondDecay: 0.999,
    });
  });

  test.each([
    [['--editor', 'sgd'], /rmsprop/],
    [['--coefficient', 'rate'], /name and a number/],
    [['--coefficient', 'rate='], /name and a number/],
    [['--coefficient', 'rate=fast'], /name and a number/],
    [['--rehearsal', '0'], /above 0/],
    [['--rehearsal-batch', '0'], /at least 1/],
  ])('%j is refused', (args, message) => {
    expect(() => parse(...args)).toThrow(message);
  });

  test('a coefficient that the editor has not is refused', () => {
    expect(() => editSettings(parse('--coefficient', 'momentum=0.5'))).toThrow(
      expect.objectContaining({ code: 'COEFFICIENT_UNKNOWN' }),
    );
  });
});
