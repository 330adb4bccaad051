import { type PictureSet, pictureAt, subset } from '../../data/picture-set.ts';
import type { EditedModel } from '../../editor/edit-method.ts';
import type { Engine } from '../../engine/engine.ts';
import { adversarialExamples } from '../adversarial/adversarial-examples.ts';
import type { Attack } from '../adversarial/attack.ts';
import { Attacker } from '../adversarial/attacker.ts';
import { coverageSet } from '../adversarial/coverage-set.ts';
import type { ScoredNetwork } from '../scorer.ts';
import { judgeEdit } from './edit-unit.ts';
import type { Judge, PictureGroup } from './judge.ts';
import { drawnPictures } from './planned-edit.ts';
import type { ProtocolUnits } from './protocol-units.ts';

export interface AdversarialOptions {
  readonly attack: Attack;
  /** How many pictures to draw for the attack; those that it fools the network with are edited. */
  readonly pictures: number;
  readonly seed: number;
}

/**
 * Independent edits of adversarial examples to their true labels. What an edit covers are other attacks
 * on the same picture and the neighbours of the example.
 * @param set test pictures
 */
export async function adversarialProtocol(
  engine: Engine,
  judge: Judge,
  network: ScoredNetwork,
  set: PictureSet,
  { attack, pictures, seed }: AdversarialOptions,
): Promise<ProtocolUnits> {
  const drawn = drawnPictures(set, pictures, seed);
  const part = subset(set, drawn);
  const examples = await adversarialExamples(engine, network, part, attack, seed);
  const attacker = new Attacker(engine, network);
  const unedited: EditedModel = { weights: network.weights, overrides: [] };
  return {
    protocol: 'adversarial',
    parameters: {
      attack: attack.name,
      radius: attack.radius,
      steps: attack.steps,
      attacked: examples.attacked,
      fooled: examples.set.count,
    },
    count: examples.set.count,
    margin: null,
    judge: async (method, index) => {
      const covered = await coverageSet(attacker, part, examples, index, seed, attack);
      const rows = Array.from(covered.kinds.keys());
      const kinds = [...new Set(covered.kinds)];
      const source = drawn[examples.sources[index]!]!;
      const label = examples.set.labels[index]!;
      return judgeEdit(judge, method, unedited, {
        picture: pictureAt(examples.set, index),
        index: source,
        trueLabel: label,
        label,
        excluded: new Set([source]),
        groups: kinds.map(
          (kind): PictureGroup => ({
            name: kind === 'restart' ? kind : `neighbours.${kind}`,
            pictures: rows
              .filter((row) => covered.kinds[row] === kind)
              .map((row) => pictureAt(covered.set, row)),
          }),
        ),
        thorough: true,
      });
    },
    dispose: () => attacker.dispose(),
  };
}
