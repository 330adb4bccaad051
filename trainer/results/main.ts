import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { EvaluationError } from '../evaluation/run/evaluation-error.ts';
import { writeWhole } from '../evaluation/run/evaluation-result.ts';
import { collectFigures, readFigures, writeFigures } from './figures-file.ts';
import { renewTables } from './marked-tables.ts';

const PAGE = join('docs', 'results.md');
const figuresPath = (name: string) => join('docs', 'results', `${name}.json`);

const pageTables = new Command('page')
  .description(`Makes the tables of ${PAGE} anew from the figures beside it.`)
  .option('--check', 'write nothing, and fail where the page has other tables', false)
  .action(async ({ check }: { check: boolean }) => {
    const page = await readFile(PAGE, 'utf8');
    const renewed = await renewTables(page, (name) => readFigures(figuresPath(name)));
    if (!check) await writeWhole(PAGE, renewed);
    else if (renewed !== page) {
      throw new EvaluationError(
        'RESULT_INVALID',
        `${PAGE} has other tables than its figures make; run \`npm run results\`.`,
      );
    }
    console.log(`${PAGE} ${check ? 'agrees with' : 'was made from'} its figures.`);
  });

const collect = new Command('collect')
  .description('Keeps the figures of evaluations for the page.')
  .argument('<name>', 'what the page calls them')
  .argument('<files...>', 'of `patchwork evaluate --json`, named NETWORK-SEED.json')
  .action(async (name: string, files: string[]) => {
    await writeFigures(figuresPath(name), await collectFigures(files));
    console.log(`Written to ${figuresPath(name)}.`);
  });

try {
  await new Command('npm run results --')
    .description('Keeps what was measured, and writes it into the documentation.')
    .addCommand(pageTables, { isDefault: true })
    .addCommand(collect)
    .parseAsync();
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
