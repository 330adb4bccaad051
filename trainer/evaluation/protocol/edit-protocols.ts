import { createHash } from 'node:crypto';
import { type PictureSet, pictureAt } from '../../data/picture-set.ts';
import type { EditedModel } from '../../editor/edit-method.ts';
import { judgeEdit } from './edit-unit.ts';
import type { Judge } from './judge.ts';
import { neighbourGroups } from './neighbour-groups.ts';
import { likelyEdits, mistakes, type PlannedEdit, paperEdits } from './planned-edit.ts';
import type { ProtocolUnits } from './protocol-units.ts';

/** A set that edits are drawn from. */
export interface EditPool {
  readonly judge: Judge;
  readonly network: EditedModel;
  readonly set: PictureSet;
  /** Of the set in the network before any fix, [N,classes]. */
  readonly logits: Float32Array;
  /** Whether its pictures are those that control sets are made from. */
  readonly isControl: boolean;
  /** Pictures whose mistakes may be none: they are not edited as mistakes. */
  readonly arguable: ReadonlySet<number>;
}

export interface DrawOptions {
  /** How many edits at most. */
  readonly edits: number;
  readonly seed: number;
}

/**
 * Independent edits towards labels drawn from all (Sinitsin et al. 2020, section 5): they hold once the
 * label leads, by however little, and about one in as many as there are classes asks for nothing.
 */
export function paperProtocol(pool: EditPool, { edits, seed }: DrawOptions): ProtocolUnits {
  const planned = paperEdits(pool.set, edits, seed);
  return { ...units(pool, planned, null), protocol: 'paper', margin: 0 };
}

/** Independent edits towards labels that the network ranks next to its answer. */
export function likelyProtocol(pool: EditPool, { edits, seed }: DrawOptions): ProtocolUnits {
  const planned = likelyEdits(pool.set, pool.logits, edits, seed);
  return { ...units(pool, planned, null), protocol: 'likely' };
}

/** Independent edits of what the network gets wrong, to the true labels. */
export function honestProtocol(pool: EditPool, { edits, seed }: DrawOptions): ProtocolUnits {
  const planned = mistakes(pool.set, pool.logits, edits, seed, pool.arguable);
  return { ...units(pool, planned, seed), protocol: 'honest' };
}

/** The honest protocol on pictures from elsewhere. */
export function naturalProtocol(pool: EditPool, options: DrawOptions): ProtocolUnits {
  const { name, count, labels, pixels } = pool.set;
  const sha256 = createHash('sha256').update(labels).update(pixels).digest('hex');
  const units = honestProtocol(pool, options);
  const parameters = { ...units.parameters, set: name, pictures: count, sha256 };
  return { ...units, protocol: 'natural', parameters };
}

/** @param neighbourSeed draws the neighbours that are looked at; null looks at clean control pictures alone */
function units(
  pool: EditPool,
  planned: readonly PlannedEdit[],
  neighbourSeed: number | null,
): Omit<ProtocolUnits, 'protocol'> {
  const { judge, network, set, isControl } = pool;
  return {
    parameters: { edits: planned.length },
    count: planned.length,
    margin: null,
    judge: (method, index) => {
      const edit = planned[index]!;
      const picture = pictureAt(set, edit.picture);
      return judgeEdit(judge, method, network, {
        picture,
        index: edit.picture,
        trueLabel: set.labels[edit.picture]!,
        label: edit.label,
        excluded: new Set(isControl ? [edit.picture] : []),
        groups: neighbourSeed === null ? [] : neighbourGroups(picture, neighbourSeed),
        thorough: neighbourSeed !== null,
      });
    },
  };
}
