import { EDITABLE_DEFAULTS } from '../../editable/editable-options.ts';
import { optionOf } from '../figures/command.ts';
import type { ExperimentFigures, NetworkFigures } from '../figures/figures.ts';

/** A kind of table with a line for each way of editing. */
export interface LineKind {
  /** Titles of what tells lines apart. */
  readonly heads: readonly string[];
  /** What an experiment's units are; edits unless told otherwise. */
  readonly units?: string;
  headsOf(network: NetworkFigures, experiment: ExperimentFigures): readonly string[] | null;
  /** The figures shown, where there are any. */
  readonly metrics: readonly string[];
}

/** Protocols by the edits that they make. */
const EDITS: Readonly<Record<string, string>> = {
  paper: 'random label',
  likely: 'likely label',
  honest: 'real mistake',
};

const method = ({ method: name }: ExperimentFigures) => `\`${name}\``;

const COVERAGE = [
  'neighbours.shift.gained',
  'neighbours.noise.gained',
  'class.after',
  'overReach.gained',
];

export const LINE_KINDS: Readonly<Record<string, LineKind>> = {
  /** Editors, or their rivals, on real mistakes. */
  methods: {
    heads: ['network', 'method'],
    headsOf: (network, each) =>
      each.protocol === 'honest' ? [network.network, method(each)] : null,
    metrics: ['success', 'drawdown.clean', ...COVERAGE],
  },
  /** Editors under the paper's protocol, which leaves no choice of picture or label to the network. */
  editors: {
    heads: ['network', 'editor', 'rate'],
    headsOf: (network, each) =>
      each.protocol === 'paper'
        ? [network.network, method(each), String(each.settings.rate ?? '')]
        : null,
    metrics: ['error', 'success', 'steps', 'drawdown.clean'],
  },
  stages: {
    heads: ['network', 'stages edited', 'edit'],
    headsOf: (network, { protocol, settings }) =>
      protocol in EDITS ? [network.network, String(settings.stages), EDITS[protocol]!] : null,
    metrics: ['success', 'steps', 'drawdown.clean', 'neighbours.gained', 'overReach.gained'],
  },
  policies: {
    heads: ['network', 'edit'],
    headsOf: (network, { protocol }) =>
      protocol in EDITS ? [network.network, EDITS[protocol]!] : null,
    metrics: ['success', 'steps', 'noOp', 'rankBefore', 'drawdown.clean'],
  },
  sequential: {
    heads: ['network', 'method'],
    units: 'sequences',
    headsOf: (network, each) =>
      each.protocol === 'sequential' ? [network.network, method(each)] : null,
    metrics: [
      'success',
      ...[1, 10, 25, 50, 100].map((edits) => `drawdown@${edits}`),
      'meanDrawdown@100',
      'maxDrawdown@100',
      ...[10, 50, 100].map((edits) => `retention@${edits}`),
      'drift@100',
    ],
  },
  adversarial: {
    heads: ['network', 'method, attack'],
    headsOf: (network, each) =>
      each.protocol === 'adversarial' ? [network.network, method(each)] : null,
    metrics: ['success', 'drawdown.clean', 'restart.gained', 'neighbours.gained', ...COVERAGE],
  },
  /** Trainings that differ in the weights of the two parts that Editable Training adds to the loss. */
  sweep: {
    heads: ['c_edit', 'c_loc'],
    headsOf: (network, { protocol }) => (protocol === 'paper' ? weightsOf(network) : null),
    metrics: ['error', 'success', 'steps', 'drawdown.clean'],
  },
};

function weightsOf({ network, seed, training }: NetworkFigures): [string, string] {
  const last = training.at(-1);
  if (last === undefined) {
    throw new RangeError(`It is not known which command trained ${network} of seed ${seed}.`);
  }
  if (!last.includes('--editable')) return ['ordinary training', ''];
  const { editWeight, localityWeight } = EDITABLE_DEFAULTS;
  return [
    optionOf(last, '--edit-weight') ?? String(editWeight),
    optionOf(last, '--locality-weight') ?? String(localityWeight),
  ];
}
