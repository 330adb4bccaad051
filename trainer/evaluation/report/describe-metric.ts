/** How a figure is shown: what it is, and in which unit. */
export interface MetricDescription {
  readonly label: string;
  /** `%` of something, `pp` of accuracy, or '' for a plain number. */
  readonly unit: '%' | 'pp' | '';
  /** What a value is multiplied by for that unit. */
  readonly factor: number;
  readonly digits: number;
}

const share = (label: string): MetricDescription => ({ label, unit: '%', factor: 100, digits: 1 });
const points = (label: string): MetricDescription => ({
  label,
  unit: 'pp',
  factor: 100,
  digits: 3,
});
const number = (label: string, digits = 2): MetricDescription => ({
  label,
  unit: '',
  factor: 1,
  digits,
});

const SINGLE: Readonly<Record<string, MetricDescription>> = {
  success: share('edits that succeed'),
  steps: number('steps'),
  noOp: share('edits that ask for the answer given already'),
  rankBefore: number('rank of the label before the edit'),
  'overReach.gained': share('over-reach: near pictures of other classes pulled in'),
};

const GROUPS: Readonly<Record<string, string>> = {
  neighbours: 'neighbours, all kinds',
  restart: 'other attacks on the same picture',
  class: 'nearest pictures of the class',
};

const CONTROLS: Readonly<Record<string, (set: string) => MetricDescription>> = {
  drawdown: (set) => points(`drawdown, ${set}`),
  negativeFlips: (set) => number(`broken pictures (negative flips), ${set}`),
  positiveFlips: (set) => number(`mended pictures (positive flips), ${set}`),
};

const MARKS: Readonly<Record<string, (edits: string) => MetricDescription>> = {
  drawdown: (edits) => points(`drawdown after edit ${edits}`),
  meanDrawdown: (edits) => points(`mean drawdown up to edit ${edits}`),
  maxDrawdown: (edits) => points(`largest drawdown up to edit ${edits}`),
  retention: (edits) => share(`earlier edits that still hold after ${edits}`),
  drift: (edits) => ({ ...share(`change of the weights after ${edits}`), digits: 2 }),
};

/** Describes a figure of `metricsOf` by its name. */
export function describeMetric(name: string): MetricDescription {
  const single = SINGLE[name];
  if (single) return single;
  const [atMark, edits] = name.split('@');
  if (edits !== undefined) return MARKS[atMark!]!(edits);
  const gained = /^(.*)\.gained$/.exec(name);
  if (gained) return share(`${groupLabel(gained[1]!)}, wrong before, put right`);
  const when = /^(.*)\.(before|after)$/.exec(name);
  if (when) return share(`${groupLabel(when[1]!)}, right ${when[2]}`);
  const [kind, ...set] = name.split('.');
  return CONTROLS[kind!]!(set.join(', '));
}

/** A figure of one class belongs to a table of its own. */
export function isOfOneClass(name: string): boolean {
  return /^(negative|positive)Flips\.[^.]+\./.test(name);
}

function groupLabel(group: string): string {
  return GROUPS[group] ?? group.replace(/^neighbours\./, 'neighbours, ');
}
