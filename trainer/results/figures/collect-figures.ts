import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { isOfOneClass } from '../../evaluation/report/describe-metric.ts';
import { seriesOf } from '../../evaluation/report/series.ts';
import { EvaluationError } from '../../evaluation/run/evaluation-error.ts';
import { type EvaluationResult, readResult } from '../../evaluation/run/evaluation-result.ts';
import { checkComparable } from '../../evaluation/run/merge-results.ts';
import { drawdown } from '../../evaluation/statistics/flips-per-class.ts';
import { commandsIn, withoutFolders } from './command.ts';
import type { ExperimentFigures, NetworkFigures } from './figures.ts';

/**
 * The figures of whole evaluations on the same pictures, each with the command lines behind it: those of
 * the evaluation are in its file, those of the training in NETWORK-SEED.sh beside it, where that is.
 * @param paths what `patchwork evaluate --json` wrote, each named NETWORK-SEED.json
 * @throws EvaluationError RESULT_UNREADABLE, RESULT_INVALID, UNITS_MISSING, PLANS_DIFFER, OPTIONS_INVALID
 */
export async function collectFigures(paths: readonly string[]): Promise<NetworkFigures[]> {
  const results = await Promise.all(paths.map(readResult));
  checkComparable(results.map((result, index) => ({ name: paths[index]!, result })));
  return Promise.all(results.map((result, index) => networkFigures(paths[index]!, result)));
}

async function networkFigures(path: string, result: EvaluationResult): Promise<NetworkFigures> {
  const { plan, base, measured } = result;
  const { network, seed } = nameOf(path);
  if (measured.commands.length === 0) {
    throw new EvaluationError(
      'RESULT_INVALID',
      `${path}: it does not say which command made it; evaluate the network again.`,
    );
  }
  return {
    network,
    seed,
    weights: plan.network,
    architecture: plan.architecture,
    data: plan.data.name,
    engine: plan.engine,
    pictures: base.pictures,
    error: base.error,
    evaluationSeed: plan.seed,
    training: await trainingBeside(path),
    evaluation: measured.commands.map(withoutFolders),
    experiments: experimentsOf(result),
  };
}

function experimentsOf(result: EvaluationResult): ExperimentFigures[] {
  return seriesOf([result]).map(({ name, experiment, figures, records }) => ({
    protocol: experiment.protocol,
    method: name,
    settings: experiment.method.settings,
    units: experiment.units,
    figures: Object.fromEntries(
      Object.entries(figures).filter(([figure]) => !isOfOneClass(figure)),
    ),
    drawdowns: records.flatMap((record) =>
      record.kind === 'edit' && record.controls.clean ? [drawdown(record.controls.clean)] : [],
    ),
  }));
}

async function trainingBeside(path: string): Promise<string[]> {
  const script = `${path.slice(0, path.length - extname(path).length)}.sh`;
  const text = await readFile(script, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw new EvaluationError('RESULT_UNREADABLE', `${script}: ${error.message}.`, {
      cause: error,
    });
  });
  return commandsIn(text).map(withoutFolders);
}

function nameOf(path: string): { network: string; seed: number } {
  const [, network, seed] = /^(.+)-(\d+)$/.exec(basename(path, extname(path))) ?? [];
  if (network !== undefined) return { network, seed: Number(seed) };
  throw new EvaluationError(
    'OPTIONS_INVALID',
    `${path}: the name of an evaluation must end in the seed of its training, such as editable-1.json.`,
  );
}
