import type { RgbPicture } from '../../../exporter/contract/picture/rgb-picture.ts';
import { classNeighbours } from '../neighbour/class-neighbours.ts';
import { foreignNeighbours } from '../neighbour/over-reach.ts';
import type { Coverage } from '../run/unit-record.ts';
import { type ControlAnswers, countLabel, type Probe } from './judge.ts';

/** How an edit's label spread among the control pictures that lie nearest to the edited one. */
export function nearbyCoverage(
  { control, after }: ControlAnswers,
  { prepared }: Probe,
  { picture, label }: { readonly picture: RgbPicture; readonly label: number },
): { class: Coverage; overReach: Coverage } {
  const { before } = control;
  const length = prepared.features.length / prepared.set.count;
  const edited = { picture, features: prepared.features.subarray(0, length) };
  const count = (rows: Iterable<number>) => countLabel([...rows], before, after, label);
  return {
    class: count(classNeighbours(control.prepared, edited, label)),
    overReach: count(foreignNeighbours(control.prepared, edited, label)),
  };
}
