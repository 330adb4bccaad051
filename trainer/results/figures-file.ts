import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { z } from 'zod';
import { isOfOneClass } from '../evaluation/report/describe-metric.ts';
import { seriesOf } from '../evaluation/report/series.ts';
import { EvaluationError } from '../evaluation/run/evaluation-error.ts';
import { readResult, writeWhole } from '../evaluation/run/evaluation-result.ts';
import { checkComparable } from '../evaluation/run/merge-results.ts';
import { EstimateSchema } from '../evaluation/run/summary.ts';
import { drawdown } from '../evaluation/statistics/flips-per-class.ts';

const ExperimentSchema = z.strictObject({
  protocol: z.string(),
  /** The method, with the attack where there was one. */
  method: z.string(),
  settings: z.record(z.string(), z.union([z.number(), z.string()])),
  /** Edits, or sequences. */
  units: z.int().min(1),
  /** All figures but those of single classes. */
  figures: z.record(z.string(), EstimateSchema),
  /** Of the clean control set, a share for each independent edit. */
  drawdowns: z.array(z.number()),
});

const NetworkSchema = z.strictObject({
  /** What the network is, such as `editable`. */
  network: z.string(),
  /** The seed that it was trained by. */
  seed: z.int().min(0),
  /** SHA-256 of its weights. */
  weights: z.string(),
  engine: z.string(),
  pictures: z.int().min(1),
  error: z.number(),
  experiments: z.array(ExperimentSchema),
});

const FiguresSchema = z.strictObject({
  schema: z.literal('patchwork/figures@1'),
  networks: z.array(NetworkSchema).min(1),
});

/** Figures of one method on one network. */
export type ExperimentFigures = Readonly<z.output<typeof ExperimentSchema>>;

/** Figures of one network. */
export type NetworkFigures = Readonly<z.output<typeof NetworkSchema>>;

/** What the pages of the documentation are made from: figures of evaluations, without their records. */
export type Figures = Readonly<z.output<typeof FiguresSchema>>;

/**
 * The figures of whole evaluations on the same pictures.
 * @param paths what `patchwork evaluate --json` wrote, each named NETWORK-SEED.json
 * @throws EvaluationError RESULT_UNREADABLE, RESULT_INVALID, UNITS_MISSING, PLANS_DIFFER
 */
export async function collectFigures(paths: readonly string[]): Promise<Figures> {
  const results = await Promise.all(paths.map(readResult));
  checkComparable(results.map((result, index) => ({ name: paths[index]!, result })));
  const networks = results.map((result, index): NetworkFigures => {
    const { plan, base } = result;
    return {
      ...nameOf(paths[index]!),
      weights: plan.network,
      engine: plan.engine,
      pictures: base.pictures,
      error: base.error,
      experiments: seriesOf([result]).map(({ name, experiment, figures, records }) => ({
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
      })),
    };
  });
  return { schema: 'patchwork/figures@1', networks };
}

/** @throws EvaluationError RESULT_UNREADABLE, RESULT_INVALID */
export async function readFigures(path: string): Promise<Figures> {
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new EvaluationError(
      'RESULT_UNREADABLE',
      `${path}: it could not be read (${cause.message}); collect its figures first.`,
      { cause },
    );
  });
  const parsed = FiguresSchema.safeParse(jsonOrNothing(text));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new EvaluationError(
    'RESULT_INVALID',
    `${path}: it breaks at ${issue.path.join('.')}: ${issue.message}; collect its figures again.`,
  );
}

/** Writes a network a line, so that changes can be read. */
export async function writeFigures(path: string, { schema, networks }: Figures): Promise<void> {
  const lines = networks.map((network) => `  ${JSON.stringify(network)}`).join(',\n');
  await writeWhole(path, `{ "schema": "${schema}", "networks": [\n${lines}\n] }\n`);
}

function nameOf(path: string): { network: string; seed: number } {
  const [, network, seed] = /^(.+)-(\d+)$/.exec(basename(path, extname(path))) ?? [];
  if (network !== undefined) return { network, seed: Number(seed) };
  throw new EvaluationError(
    'OPTIONS_INVALID',
    `${path}: the name of an evaluation must end in the seed of its training, such as editable-1.json.`,
  );
}

function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
