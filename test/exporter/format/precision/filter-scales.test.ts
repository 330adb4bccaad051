import { expect, test } from 'vitest';
import {
  filterScales,
  scalesOf,
} from '../../../../exporter/format/precision/int8/filter-scales.ts';
import { graphOf, moved, WEIGHTS } from '../network-forms.ts';

const base = graphOf(WEIGHTS);
const known = filterScales(base);
const doubled = Object.fromEntries(
  Object.entries(known).map(([digest, scales]) => [digest, scales.map((scale) => 2 * scale)]),
);
const filterOf = (graph: typeof base, name: string) =>
  graph.initializers.find((each) => each.name === name)!;

test('there is a scale for each output channel of each filter but the first', () => {
  const filters = base.initializers.filter(({ dims }) => dims.length === 4);
  const channels = filters.map(({ dims }) => dims[0]);
  expect(Object.values(known).map(({ length }) => length)).toEqual(channels.slice(1));
});

test('filters that did not change keep the scales that are known, and others do not', () => {
  const graph = graphOf(moved('layer3.0.conv1.weight', 0.3));
  const scales = filterScales(graph, doubled);
  const kept = Object.entries(scales).filter(([digest]) => digest in doubled);
  expect(kept).toHaveLength(Object.keys(known).length - 1);
  for (const [digest, each] of kept) expect(each).toEqual(doubled[digest]);
  const [changed] = Object.entries(scales).filter(([digest]) => !(digest in doubled));
  const filter = filterOf(graph, 'layer3.0.conv1.weight');
  expect(changed![1]).toEqual([...scalesOf(filter, doubled)]);
  expect([...scalesOf(filter, doubled)]).toEqual([...scalesOf(filter, {})]);
  const same = filterOf(graph, 'layer3.0.conv2.weight');
  expect([...scalesOf(same, doubled)]).toEqual([...scalesOf(same, {})].map((each) => 2 * each));
});
