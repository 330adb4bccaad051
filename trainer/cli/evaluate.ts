import { Command, InvalidArgumentError, Option } from 'commander';
import { loadNetwork } from '../checkpoint/checkpoint.ts';
import { loadFolder } from '../data/folder/folder-set.ts';
import { isDataSetName, loadDataOf } from '../data/load.ts';
import { evaluateNetwork } from '../evaluation/protocol/evaluate-network.ts';
import { editedPictures } from '../evaluation/report/edited-pictures.ts';
import { EvaluationError } from '../evaluation/run/evaluation-error.ts';
import { PROTOCOLS, type Protocol, type Shard } from '../evaluation/run/evaluation-plan.ts';
import { readResult } from '../evaluation/run/evaluation-result.ts';
import { checkComparable, mergeResults } from '../evaluation/run/merge-results.ts';
import { readLabelUncertainty } from '../evaluation/uncertainty/read-label-uncertainty.ts';
import { commandLine } from './command-line.ts';
import { type EditOptions, withEditOptions } from './edit-option.ts';
import { type EngineOption, engineFor, withEngineOptions } from './engine-option.ts';
import { type MethodOption, methodChoices, methodOption, shardOption } from './evaluate-option.ts';
import { type OutputOptions, writeComparison, writeOutput } from './evaluate-output.ts';
import { loadPatched } from './load-patched.ts';
import { collect, type DataDirOption, dataDirOption, folderOption, wholeNumber } from './option.ts';
import { type Progress, progress } from './progress.ts';
import { WORKSPACE } from './workspace.ts';

/** How many edits a protocol makes, unless told otherwise (Sinitsin et al. 2020, section 5). */
const EDITS = 1000;

/** Protocols that are asked for by name; pictures from a folder ask for theirs. */
const CHOSEN = PROTOCOLS.filter((protocol) => protocol !== 'natural');

interface EvaluateOptions extends EngineOption, DataDirOption, EditOptions, OutputOptions {
  readonly checkpoint: string;
  readonly patch: string[];
  readonly data?: string;
  readonly skipUnknown: boolean;
  readonly labelUncertainty?: string;
  readonly protocol: Protocol[];
  readonly edits?: number | true;
  readonly sequences: number;
  readonly control: number;
  readonly method: MethodOption[];
  readonly shard?: Shard;
  readonly merge?: string[];
  readonly compare?: string[];
  readonly withImages: boolean;
}

export function evaluateCommand(): Command {
  const command = new Command('evaluate')
    .description('Measure a network on its test pictures, and how well it can be edited.')
    .option('--checkpoint <file>', 'the network', WORKSPACE.checkpoint)
    .option('--patch <file>', 'a patch to apply first; may be repeated, in order', collect, [])
    .addOption(dataDirOption())
    .option(
      '--data <folder:path>',
      "natural pictures to edit, in folders by class; a network's test pictures where its data set is not known",
      folderOption,
    )
    .option('--skip-unknown', 'pass over folders of classes the network does not know', false)
    .option('--label-uncertainty <file>', 'what people called the test pictures')
    .option('--edits [count]', `edits of each protocol (default: ${EDITS})`, wholeNumber(1))
    .addOption(
      new Option('--protocol <name>', 'which edits; may be repeated')
        .choices(CHOSEN)
        .argParser(protocolOption)
        .default([], 'paper and honest, where --edits is given'),
    )
    .option('--sequences <count>', 'sequences of the sequential protocol', wholeNumber(1), 5)
    .option('--control <count>', 'clean control pictures, 0 for all', wholeNumber(0), 2000)
    .addOption(
      new Option('--method <name>', 'editor, with its coefficients, or rival; may be repeated')
        .argParser(methodOption)
        .default([], 'the editor of the options below'),
    );
  withEditOptions(command)
    .option('--seed <number>', 'seed of all draws', wholeNumber(0), 1)
    .option('--shard <index/count>', 'compute one part of several, for --merge', shardOption)
    .option('--merge <files...>', 'join the parts of one evaluation')
    .option('--compare <files...>', 'show results of several networks side by side')
    .option('--json [file]', 'write the result as JSON, to the standard output without a file')
    .option('--report <file>', 'write the result as one HTML file')
    .option('--with-images', 'put the edited pictures into the report', false);
  return withEngineOptions(command)
    .addHelpText(
      'after',
      '\nExample:\n  patchwork evaluate --checkpoint model.safetensors --edits 100 --report report.html',
    )
    .action(run);
}

async function run(options: EvaluateOptions): Promise<void> {
  checkOptions(options);
  if (options.compare) {
    const results = await Promise.all(options.compare.map(readResult));
    checkComparable(results.map((result, index) => ({ name: options.compare![index]!, result })));
    await writeComparison(results, options.compare, options);
  } else if (options.merge) {
    const results = await Promise.all(options.merge.map(readResult));
    const parts = results.map((result, index) => ({ name: options.merge![index]!, result }));
    await writeOutput(mergeResults(parts), options);
  } else await evaluate(options);
}

async function evaluate(options: EvaluateOptions): Promise<void> {
  const network = await loadPatched(await loadNetwork(options.checkpoint), options.patch);
  const { dataSet, editing } = network;
  const methods = methodChoices(options.method, options, editing);
  // Pictures from a folder are natural ones beside a known test set, and the test set where there is none.
  const own = !isDataSetName(dataSet.name);
  const data = await loadDataOf(dataSet, {
    folder: own ? options.data : undefined,
    dir: options.dataDir,
  });
  const natural =
    own || options.data === undefined
      ? null
      : await loadFolder(options.data, dataSet, {
          unknownClasses: options.skipUnknown ? 'skip' : 'refuse',
        });
  const engine = await engineFor(options, network.architecture);
  const output = typeof options.json === 'string' ? options.json : options.report;
  let line: Progress | null = null;
  const { result, finish } = await evaluateNetwork({
    engine,
    network,
    data,
    natural: natural?.set ?? null,
    labelUncertainty:
      options.labelUncertainty === undefined
        ? null
        : await readLabelUncertainty(options.labelUncertainty, data),
    protocols: protocolsOf(options, natural !== null),
    methods,
    edits: typeof options.edits === 'number' ? options.edits : EDITS,
    sequences: options.sequences,
    control: options.control === 0 ? null : options.control,
    seed: options.seed,
    folder: WORKSPACE.retraining,
    cacheFolder: WORKSPACE.cache,
    command: commandLine(process.argv.slice(2)),
    shard: options.shard ?? null,
    journal: output === undefined ? null : `${output}.journal`,
    onUnit: ({ done, before, total }) => {
      line ??= progress(total, 'units', before);
      line.update(done);
    },
  });
  (line as Progress | null)?.end();
  const images = options.withImages ? editedPictures(data.test, natural?.set ?? null) : undefined;
  await writeOutput(result, options, images);
  await finish();
}

function protocolsOf({ protocol, edits }: EvaluateOptions, natural: boolean): Protocol[] {
  const asked: Protocol[] = [...protocol, ...(natural ? ['natural' as const] : [])];
  return asked.length === 0 && edits !== undefined ? ['paper', 'honest'] : asked;
}

/** Collects protocols, each once, for commander. */
function protocolOption(name: string, before: readonly Protocol[]): Protocol[] {
  const protocol = CHOSEN.find((each) => each === name);
  if (protocol) return [...new Set([...before, protocol])];
  throw new InvalidArgumentError(`Allowed choices are ${CHOSEN.join(', ')}.`);
}

function checkOptions(options: EvaluateOptions): void {
  const refuse = (what: string) => new EvaluationError('OPTIONS_INVALID', what);
  if (options.shard && typeof options.json !== 'string') {
    throw refuse('A part is of use only as a file: give --json FILE.');
  }
  if (options.shard && options.report !== undefined) {
    throw refuse('A part has no report: leave --report to --merge.');
  }
  if (options.withImages && (options.report === undefined || options.merge || options.compare)) {
    throw refuse(
      '--with-images goes into the report of an evaluation: give --report FILE, and neither --merge nor --compare.',
    );
  }
  if (options.compare && (options.merge || options.json !== undefined)) {
    throw refuse('--compare shows whole results: leave out --merge and --json.');
  }
}
