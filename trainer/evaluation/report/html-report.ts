import { PROTOCOLS, type Protocol } from '../run/evaluation-plan.ts';
import type { EvaluationResult } from '../run/evaluation-result.ts';
import type { EditRecord } from '../run/unit-record.ts';
import { arguableSection } from './arguable-report.ts';
import { classTable, figureTable, table } from './figure-table.ts';
import { costBenefit, drawdownDistribution, sequentialCurves, stepsHistogram } from './figures.ts';
import { element, escapeText } from './markup.ts';
import { page } from './page.ts';
import { type Series, seriesOf } from './series.ts';

export interface HtmlReportOptions {
  /** Names of the networks where several results are compared. */
  readonly networks?: readonly string[];
  /** The edited picture of a record as a data URI; without it the report holds no picture. */
  readonly pictureOf?: ((series: Series, record: EditRecord) => string) | undefined;
}

const EXPLANATIONS: Readonly<Record<Protocol, string>> = {
  paper:
    'Independent edits of test pictures towards labels drawn from all classes, as in Sinitsin et al. 2020, section 5: about one in as many edits as there are classes asks for the answer that the network gives already.',
  likely: "Independent edits of test pictures towards a label from the network's own top ranks.",
  honest:
    'Independent edits of test pictures that the network gets wrong, to their true labels. What an edit does elsewhere is counted without the edited picture.',
  sequential: 'Edits of mistakes on top of each other, in several sequences of their own pictures.',
  adversarial:
    'Pictures that the network gets right, changed by an attack until it does not, and edited back to their true labels.',
  natural: 'Pictures from a folder that the network gets wrong, edited to their true labels.',
};

/**
 * Whole results as one HTML file that needs nothing else.
 */
export function htmlReport(
  results: readonly EvaluationResult[],
  { networks = [], pictureOf }: HtmlReportOptions = {},
): string {
  const series = seriesOf(results, networks);
  const { data } = results[0]!.plan;
  const title = `Evaluation on ${data.name}`;
  const body = [
    element('h1', {}, escapeText(title)),
    ...results.map((result, index) => header(result, results.length > 1 ? networks[index]! : null)),
    ...PROTOCOLS.flatMap((protocol) => {
      const mine = series.filter(({ experiment }) => experiment.protocol === protocol);
      return mine.length === 0 ? [] : section(protocol, mine, results[0]!, pictureOf);
    }),
    ...results.map((result, index) =>
      arguableSection(result, results.length > 1 ? networks[index]! : null),
    ),
    cost(series),
    element('h2', {}, 'How this was made'),
    ...results.map(provenance),
  ];
  return page(title, body);
}

function header({ base, plan, measured }: EvaluationResult, network: string | null): string {
  const card = (value: string, what: string) =>
    element('li', {}, element('strong', {}, escapeText(value)), escapeText(what));
  const cards = [
    card(`${(100 * base.accuracy).toFixed(2)} %`, `accuracy on ${base.pictures} test pictures`),
    ...Object.entries(base.controls).map(([name, error]) =>
      card(`${(100 * error).toFixed(2)} %`, `error before edits, ${name}`),
    ),
    ...(base.arguable
      ? [card(`${(100 * base.arguable.error).toFixed(2)} %`, 'error without arguable mistakes')]
      : []),
    ...(base.natural
      ? [
          card(
            `${(100 * base.natural.accuracy).toFixed(2)} %`,
            `accuracy on ${base.natural.pictures} natural pictures`,
          ),
          card(base.natural.meanRank.toFixed(2), 'mean rank of their true class'),
        ]
      : []),
    card(`${(measured.peakMemoryBytes / 2 ** 20).toFixed(0)} MiB`, 'peak memory of a process'),
  ];
  const name = network === null ? '' : `${network}: `;
  const line = `${name}${plan.architecture}, weights ${plan.network.slice(0, 12)}`;
  return (
    element('p', { class: 'quiet' }, escapeText(line)) + element('ul', { class: 'cards' }, ...cards)
  );
}

function section(
  protocol: Protocol,
  series: readonly Series[],
  { plan }: EvaluationResult,
  pictureOf: HtmlReportOptions['pictureOf'],
): string[] {
  const heading = element('h2', {}, `The ${protocol} protocol`);
  const counts = [...new Set(series.map(({ experiment }) => experiment.units))].join(' or ');
  const unit = protocol === 'sequential' ? 'sequences' : 'edits';
  const text = `${EXPLANATIONS[protocol]} ${counts} ${unit}; means with 95 % bootstrap intervals.`;
  const before = [heading, element('p', {}, escapeText(text))];
  if (protocol === 'sequential') {
    const heads = element('h3', {}, 'All figures');
    return [...before, sequentialCurves(series), heads, figureTable(series)];
  }
  const classes = plan.controls.flatMap(({ name }) => {
    const content = classTable(series, plan.data.labelNames, name);
    const caption = `Pictures broken and mended by one edit, by class: ${name}`;
    return content === '' ? [] : [element('h3', {}, escapeText(caption)), content];
  });
  return [
    ...before,
    costBenefit(series),
    element('h3', {}, 'All figures'),
    figureTable(series),
    drawdownDistribution(series),
    stepsHistogram(series),
    ...classes,
    pictureOf ? pictures(series, plan.data.labelNames, pictureOf) : '',
  ];
}

function cost(series: readonly Series[]): string {
  const timed = series.filter(({ latency }) => latency !== null);
  if (timed.length === 0) return '';
  const note =
    'Time of one edit, without measuring its damage, on the machines that ran this. These figures differ from run to run; all others do not.';
  return [
    element('h2', {}, 'Edit latency'),
    element('p', {}, note),
    table(
      ['', 'p50, ms', 'p95, ms'],
      timed.map(({ name, experiment, latency }) => [
        escapeText(`${experiment.protocol}, ${name}`),
        latency!.p50.toFixed(1),
        latency!.p95.toFixed(1),
      ]),
    ),
  ].join('');
}

function pictures(
  series: readonly Series[],
  labelNames: readonly string[],
  pictureOf: NonNullable<HtmlReportOptions['pictureOf']>,
): string {
  // Every method is given the same pictures.
  const first = series[0]!;
  const shown = first.records.filter((record): record is EditRecord => record.kind === 'edit');
  const figures = shown.map((record) => {
    const change = `${labelNames[record.answerBefore]} → ${labelNames[record.label]}`;
    const image = element('img', { src: pictureOf(first, record), alt: change });
    return element('figure', {}, image, element('figcaption', {}, escapeText(change)));
  });
  return (
    element('h3', {}, 'The edited pictures') + element('div', { class: 'pictures' }, ...figures)
  );
}

function provenance({ plan, fingerprint, measured }: EvaluationResult): string {
  const settings = (values: Readonly<Record<string, number | string>>) =>
    Object.entries(values)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ');
  const rows: [string, string][] = [
    ['weights', plan.network],
    ['data', `${plan.data.name}, ${plan.data.fingerprint}`],
    ...(plan.labelUncertainty
      ? [['label uncertainty', plan.labelUncertainty] as [string, string]]
      : []),
    ['engine', plan.engine],
    ['seed', String(plan.seed)],
    ['control sets', plan.controls.map(({ name, pictures }) => `${name} ${pictures}`).join(', ')],
    ...plan.experiments.map(({ protocol, method, parameters }): [string, string] => [
      `${protocol}, ${method.name}`,
      [settings(parameters), settings(method.settings)].filter((each) => each !== '').join('; '),
    ]),
    ['time', `${measured.seconds.toFixed(0)} s in ${measured.processes} processes`],
    ['fingerprint', fingerprint],
  ];
  return element(
    'dl',
    {},
    ...rows.map(
      ([name, value]) => element('dt', {}, escapeText(name)) + element('dd', {}, escapeText(value)),
    ),
  );
}
