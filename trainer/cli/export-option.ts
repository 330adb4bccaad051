import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  DEFAULT_FORMS,
  type FormKind,
  formName,
  parseForm,
} from '../../exporter/format/form-kind.ts';
import {
  HEAP_BUDGET,
  SWAP_STRATEGIES,
  type SwapStrategy,
} from '../../exporter/heap/heap-budget.ts';
import { CONVERSION_GATE } from '../export/conversion-gate.ts';
import { CONTROL_PICTURES, type ExportRequest } from '../export/export-version.ts';
import { notNegative, positive, wholeNumber } from './option.ts';

/** Which forms an export makes, and what they may cost. */
export interface ConversionOptions {
  readonly form?: readonly FormKind[];
  readonly controlPictures: number;
  readonly maxLostNeighbours: number;
  readonly maxChangedAnswers: number;
  readonly maxDamage: number;
  readonly swap: SwapStrategy;
  readonly isolateMemory: number;
}

export function withConversionOptions(command: Command): Command {
  return command
    .option(
      '--form <names>',
      `precision:storage, separated by commas; all are made or none. By default those of ${DEFAULT_FORMS.map(formName).join(', ')} that pass`,
      forms,
    )
    .option(
      '--control-pictures <number>',
      'test pictures that conversions are measured on',
      wholeNumber(1),
      CONTROL_PICTURES,
    )
    .option(
      '--max-lost-neighbours <share>',
      'of the pictures around a fix that had its label, those that may lose it',
      notNegative,
      CONVERSION_GATE.lostNeighbours,
    )
    .option(
      '--max-changed-answers <share>',
      'of the control pictures, those that may be answered otherwise',
      notNegative,
      CONVERSION_GATE.changedAnswers,
    )
    .option(
      '--max-damage <share>',
      'by which the error on the control pictures may rise',
      notNegative,
      CONVERSION_GATE.damage,
    )
    .addOption(
      new Option(
        '--swap <strategy>',
        'how workers change versions: with the one before in memory or not',
      )
        .choices(SWAP_STRATEGIES)
        .default(HEAP_BUDGET.swap),
    )
    .option(
      '--isolate-memory <megabytes>',
      'what an isolate has',
      positive,
      HEAP_BUDGET.isolateBytes / 1e6,
    );
}

export function conversionOptions(
  options: ConversionOptions,
): Pick<ExportRequest, 'forms' | 'controlPictures' | 'gate' | 'budget'> {
  return {
    forms: options.form,
    controlPictures: options.controlPictures,
    gate: {
      lostNeighbours: options.maxLostNeighbours,
      changedAnswers: options.maxChangedAnswers,
      damage: options.maxDamage,
    },
    budget: { swap: options.swap, isolateBytes: options.isolateMemory * 1e6 },
  };
}

/** Parses form names separated by commas, for commander. */
function forms(text: string): FormKind[] {
  const names = text.split(',');
  if (new Set(names).size < names.length) throw new InvalidArgumentError('A form is given twice.');
  try {
    return names.map(parseForm);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}
