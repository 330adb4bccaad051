import type { NetworkGrounds } from '../../control/network-grounds.ts';
import type { DataSet } from '../../data/data-set.ts';
import type { EditMethod } from '../../editor/edit-method.ts';
import type { EditSettings } from '../../editor/edit-task.ts';
import { EditorMethod } from '../../editor/editor-method.ts';
import { EDITOR_NAMES } from '../../editor/editors.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Architecture } from '../../network/architecture.ts';
import { createRival, RIVAL_NAMES } from '../../rival/create-rival.ts';
import { EvaluationError } from '../run/evaluation-error.ts';
import type { Scorer } from '../scorer.ts';

/** Every way to edit that can be evaluated: the editors and their rivals. */
export const METHOD_NAMES: readonly string[] = [...EDITOR_NAMES, ...RIVAL_NAMES];

/** A way to edit, as it was asked for. */
export interface MethodChoice {
  /** Tells it from the others in reports, such as `rmsprop:rate=0.01`. */
  readonly label: string;
  /** One of `METHOD_NAMES`. */
  readonly name: string;
  /** Of the editor, or of the one that the rival is held against. */
  readonly settings: EditSettings;
}

export interface MethodContext {
  readonly engine: Engine;
  readonly architecture: Architecture;
  readonly data: DataSet;
  readonly scorer: Scorer;
  readonly grounds: NetworkGrounds;
  readonly seed: number;
  /** Where retraining keeps its checkpoints. */
  readonly folder: string;
}

/**
 * @throws EvaluationError METHOD_UNKNOWN naming those there are
 */
export function checkMethodName(name: string): void {
  if (METHOD_NAMES.includes(name)) return;
  throw new EvaluationError(
    'METHOD_UNKNOWN',
    `There is no method "${name}"; choose from ${METHOD_NAMES.join(', ')}.`,
  );
}

/** @param margin by how much edits must win, in nats; null leaves it to the settings */
export async function createMethod(
  { name, settings: own }: MethodChoice,
  context: MethodContext,
  margin: number | null,
): Promise<EditMethod> {
  const settings = margin === null ? own : { ...own, margin };
  if (!EDITOR_NAMES.includes(name)) return createRival(name, { ...context, settings });
  const { engine, architecture, data } = context;
  const { preprocessing } = data;
  const grounds = await context.grounds.of(settings);
  return new EditorMethod({ engine, architecture, preprocessing, settings, grounds });
}
