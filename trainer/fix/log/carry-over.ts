import type { TrainedNetwork } from '../../checkpoint/checkpoint.ts';
import { labelIndex } from '../../patch/make-patch.ts';
import type { PatchConstraint } from '../../patch/patch.ts';
import { FixError } from '../fix-error.ts';

/**
 * What fixes ask of another network, whose classes may stand in another order.
 * @throws FixError PICTURE_SIZE where it takes pictures of another size; PatchError LABEL_UNKNOWN where it
 *   knows no such class
 */
export function carriedOver(
  constraints: readonly PatchConstraint[],
  { dataSet }: Pick<TrainedNetwork, 'dataSet'>,
): PatchConstraint[] {
  const { labelNames, preprocessing } = dataSet;
  const { height, width } = preprocessing;
  return constraints.map((constraint) => {
    const { picture, labelName } = constraint;
    if (picture.height !== height || picture.width !== width) {
      throw new FixError(
        'PICTURE_SIZE',
        `A fix has a picture of ${picture.width} x ${picture.height}, and the other network takes ${width} x ${height}; fix its picture file on that network anew.`,
      );
    }
    return { ...constraint, label: labelIndex(labelNames, labelName) };
  });
}
