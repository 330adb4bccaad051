import { Command } from 'commander';
import { loadNetwork } from '../checkpoint/checkpoint.ts';
import { loadDataSet } from '../data/load.ts';
import { selectEngine } from '../engine/select.ts';
import { Classifier } from '../evaluation/classifier.ts';
import { errorRate } from '../evaluation/damage.ts';
import { evaluateEdits, randomEdits } from '../evaluation/edit-protocol.ts';
import { topClasses } from '../evaluation/top-class.ts';
import { type EditOptions, editSettings, withEditOptions } from './edit-option.ts';
import { loadPatched } from './load-patched.ts';
import {
  collect,
  type DataDirOption,
  dataDirOption,
  type EngineOption,
  engineOption,
  wholeNumber,
} from './option.ts';
import { progress } from './progress.ts';
import { WORKSPACE } from './workspace.ts';

interface EvaluateOptions extends EngineOption, DataDirOption, EditOptions {
  readonly checkpoint: string;
  readonly patch: string[];
  readonly edits: number;
  readonly seed: number;
  readonly json: boolean;
}

export function evaluateCommand(): Command {
  const command = new Command('evaluate')
    .description('Measure a network on its test pictures, and how well it can be edited.')
    .option('--checkpoint <file>', 'the network', WORKSPACE.checkpoint)
    .option('--patch <file>', 'a patch to apply first; may be repeated, in order', collect, [])
    .addOption(dataDirOption())
    .option('--edits <count>', 'independent edits with random labels to try', wholeNumber(0), 0)
    .option('--seed <number>', 'seed of those edits', wholeNumber(0), 1)
    .option('--json', 'print JSON', false);
  return withEditOptions(command)
    .addOption(engineOption())
    .addHelpText(
      'after',
      '\nExample:\n  patchwork evaluate --checkpoint model.safetensors --edits 100',
    )
    .action(run);
}

async function run(options: EvaluateOptions): Promise<void> {
  const { engine, notes } = await selectEngine(options.engine);
  for (const note of notes) console.error(note);
  const network = await loadPatched(await loadNetwork(options.checkpoint), options.patch);
  const data = await loadDataSet(network.dataSet.name, { dir: options.dataDir });
  const { architecture, weights } = network;
  const classifier = new Classifier(engine, architecture);
  const logits = await classifier.logitsOfSet(weights, data.test, data.preprocessing);
  await classifier.dispose();
  const top = topClasses(logits, architecture.classes);
  const error = errorRate(data.test, top);
  const figures: Record<string, unknown> = {
    dataSet: data.name,
    pictures: data.test.count,
    accuracy: 1 - error,
    error,
  };
  if (options.edits > 0) {
    const edits = randomEdits(data, top, options.edits, options.seed);
    const line = progress(edits.length, 'edits');
    figures.edits = await evaluateEdits(
      engine,
      architecture,
      weights,
      data,
      editSettings(options),
      edits,
      (done) => line.update(done),
    );
    line.end();
  }
  if (options.json) console.log(JSON.stringify(figures));
  else print(figures as unknown as Figures);
}

interface Figures {
  readonly dataSet: string;
  readonly pictures: number;
  readonly accuracy: number;
  readonly edits?: Awaited<ReturnType<typeof evaluateEdits>>;
}

function print({ dataSet, pictures, accuracy, edits }: Figures): void {
  console.log(
    `Accuracy ${(100 * accuracy).toFixed(2)} % on ${pictures} test pictures of ${dataSet}.`,
  );
  if (!edits) return;
  console.log(
    `${edits.edits} edits with random labels: success ${(100 * edits.successRate).toFixed(1)} %, mean drawdown ${(100 * edits.meanDrawdown).toFixed(3)} pp, mean steps ${edits.meanSteps.toFixed(2)}, mean negative flips ${edits.meanNegativeFlips.toFixed(1)}.`,
  );
}
