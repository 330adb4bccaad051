import type { Command } from 'commander';
import type { EditSettings } from '../editor/apply-editor.ts';
import { gradientDescent } from '../editor/gradient-descent.ts';
import type { Stage } from '../network/architecture.ts';
import { PATCH_DEFAULTS } from '../patch/make-patch.ts';
import { notNegative, positive, stages, wholeNumber } from './option.ts';

/** How edits are made, as options of a command. */
export interface EditOptions {
  readonly rate: number;
  readonly steps: number;
  readonly margin: number;
  readonly stages: Stage[];
}

export function withEditOptions(command: Command): Command {
  const defaults = PATCH_DEFAULTS;
  return command
    .option('--rate <rate>', 'rate of the gradient-descent editor', positive, defaults.rate)
    .option('--steps <count>', 'steps it may take', wholeNumber(1), defaults.maxSteps)
    .option('--margin <nats>', 'how far the label must win', notNegative, defaults.margin)
    .option('--stages <names>', 'what the edit may change', stages, [...defaults.stages]);
}

export function editSettings({ rate, steps, margin, stages }: EditOptions): EditSettings {
  return { editor: gradientDescent(rate), stages, margin, maxSteps: steps };
}
