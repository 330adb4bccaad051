import { Command } from 'commander';
import { EvaluationError } from '../evaluation/run/evaluation-error.ts';
import { collectFigures } from './figures/collect-figures.ts';
import { collectForms } from './figures/collect-forms.ts';
import { writeFigures } from './figures/figures-file.ts';
import { checkResultsPage, figuresPath, writeResultsPage } from './page/results-page.ts';

const DOCS = 'docs';

interface CollectOptions {
  readonly artifacts: string[];
  readonly edge?: string;
}

const collect = new Command('collect')
  .description('Keep the figures of evaluations for the page.')
  .argument('<name>', 'what the page calls them')
  .argument('<files...>', 'of `patchwork evaluate --json`, named NETWORK-SEED.json')
  .option('--artifacts <folders...>', 'of `patchwork export`, for the table of widths', [])
  .option('--edge <file>', 'of `npm run bench -- edge`, for the table of widths')
  .action(async (name: string, files: string[], { artifacts, edge }: CollectOptions) => {
    const networks = await collectFigures(files);
    const path = figuresPath(DOCS, name);
    await writeFigures(path, { networks, forms: await collectForms(artifacts, edge) });
    console.log(`Written to ${path}.`);
  });

async function renewOrCheck({ check }: { check: boolean }): Promise<void> {
  if (!check) return console.log(`${await writeResultsPage(DOCS)} was made from its figures.`);
  const found = await checkResultsPage(DOCS);
  if (found.length === 0) return console.log('The page of results agrees with its figures.');
  throw new EvaluationError(
    'RESULT_INVALID',
    `The page of results is not what its figures make:\n${found.join('\n')}\nRun \`npm run results\`, or collect the figures again.`,
  );
}

try {
  await new Command('npm run results --')
    .description('Write what was measured into the documentation: tables, plots and commands.')
    .option('--check', 'write nothing, and fail where the page is not what its figures make', false)
    .action(renewOrCheck)
    .addCommand(collect)
    .parseAsync();
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
