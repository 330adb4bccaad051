import { basename, extname } from 'node:path';
import { type HtmlReportOptions, htmlReport } from '../evaluation/report/html-report.ts';
import { terminalReport } from '../evaluation/report/terminal-table.ts';
import {
  type EvaluationResult,
  writeResult,
  writeWhole,
} from '../evaluation/run/evaluation-result.ts';

/** Columns of an output that is no terminal. */
const WIDTH = 160;

/** Where results go, as options of a command. */
export interface OutputOptions {
  /** A file, or true for the standard output. */
  readonly json?: string | true;
  readonly report?: string;
}

/** Writes a result where it was asked for, and shows it where the standard output is not taken. */
export async function writeOutput(
  result: EvaluationResult,
  { json, report }: OutputOptions,
  pictureOf?: HtmlReportOptions['pictureOf'],
): Promise<void> {
  if (typeof json === 'string') await writeResult(json, result);
  if (report !== undefined) await writeWhole(report, htmlReport([result], { pictureOf }));
  if (json === true) console.log(JSON.stringify(result));
  else if (result.shard) {
    const { index, count } = result.shard;
    console.log(`Part ${index} of ${count}: ${result.records.length} units written to ${json}.`);
  } else console.log(terminalReport([result], columns()));
  if (report !== undefined && json !== true) console.log(`\nReport written to ${report}.`);
}

/** Shows results of several networks side by side, each named by its file. */
export async function writeComparison(
  results: readonly EvaluationResult[],
  files: readonly string[],
  { report }: OutputOptions,
): Promise<void> {
  const networks = files.map((file) => basename(file, extname(file)));
  if (report !== undefined) await writeWhole(report, htmlReport(results, { networks }));
  console.log(terminalReport(results, columns(), networks));
  if (report !== undefined) console.log(`\nReport written to ${report}.`);
}

function columns(): number {
  return process.stdout.columns ?? WIDTH;
}
