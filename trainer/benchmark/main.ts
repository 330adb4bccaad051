import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ENGINE_CHOICES, type EngineChoice, selectEngine } from '../engine/select.ts';
import { matrixCeiling } from './matrix-ceiling.ts';
import { benchmark, type Figure, type Measured } from './training-benchmark.ts';

const REPETITIONS = 4;
const BATCH = 128;
const WIDTHS = [64, 16];
const MEASURED: Measured[] = ['train', 'editable train', 'evaluation forward'];
const OUT = join('.patchwork', 'benchmark');

const { values } = parseArgs({ options: { engine: { type: 'string', default: 'onnx' } } });
const choice = ENGINE_CHOICES.find((name) => name === values.engine);
if (choice) await run(choice);
else {
  console.error(`error: --engine is one of ${ENGINE_CHOICES.join(', ')}.`);
  process.exitCode = 1;
}

/** Prints images a second and the share of a matrix product's speed measured in the same run. */
async function run(choice: EngineChoice): Promise<void> {
  const { engine, notes } = await selectEngine(choice);
  for (const note of notes) console.log(note);
  const results: (Figure & { readonly shareOfCeiling: number })[] = [];
  for (const width of WIDTHS) {
    for (const measured of MEASURED) {
      const figure = await benchmark(engine, measured, width, BATCH, REPETITIONS);
      const ceiling = await matrixCeiling(engine);
      const shareOfCeiling = figure.gflops / ceiling;
      results.push({ ...figure, shareOfCeiling });
      console.log(
        `width ${width}, batch ${BATCH}, ${measured}: ${figure.imagesPerSecond.toFixed(1)} images/s, ${figure.gflops.toFixed(0)} GFLOP/s, ${(100 * shareOfCeiling).toFixed(0)} % of the ${ceiling.toFixed(0)} of a matrix product`,
      );
    }
  }
  await mkdir(OUT, { recursive: true });
  const file = join(OUT, `trainer-${engine.name}.json`);
  await writeFile(file, `${JSON.stringify({ engine: engine.description, results }, null, 2)}\n`);
  console.log(`Written to ${file}.`);
}
