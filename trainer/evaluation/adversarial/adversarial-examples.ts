import { type PictureSet, subset } from '../../data/picture-set.ts';
import { randomFor } from '../../data/random.ts';
import type { Engine } from '../../engine/engine.ts';
import { Classifier } from '../classifier.ts';
import type { ScoredNetwork } from '../scorer.ts';
import { topClasses } from '../top-class.ts';
import type { Attack } from './attack.ts';
import { Attacker } from './attacker.ts';

export interface AdversarialExamples {
  /** Pictures that the network answers wrong, with their true labels. There may be none. */
  readonly set: PictureSet;
  /** [N], where the picture that each was made from lies. */
  readonly sources: Uint32Array;
  /** How many pictures were attacked: those that the network answers right. */
  readonly attacked: number;
}

/**
 * Makes untargeted adversarial examples of the pictures that the network answers right, and keeps those
 * that fool it. A picture's example depends on the seed and on where it lies in `set` alone.
 * @throws AttackError ATTACK_INVALID, SET_MISMATCH
 */
export async function adversarialExamples(
  engine: Engine,
  network: ScoredNetwork,
  set: PictureSet,
  attack: Attack,
  seed: number,
): Promise<AdversarialExamples> {
  const classifier = new Classifier(engine, network.architecture);
  const attacker = new Attacker(engine, network);
  const answers = async (pictures: PictureSet) =>
    topClasses(
      await classifier.logitsOfSet(network.weights, pictures, network.preprocessing),
      network.architecture.classes,
    );
  try {
    const name = `${set.name}-${attack.name}`;
    const top = await answers(set);
    const all = Uint32Array.from({ length: set.count }, (_, index) => index);
    const right = all.filter((index) => top[index] === set.labels[index]);
    const attacked = subset(set, right, name);
    const pixels = await attacker.attack(attacked, attack, (index) =>
      startOf(seed, right[index]!, 0),
    );
    const changed = { ...attacked, pixels };
    const fooled = await answers(changed);
    const kept = Uint32Array.from(right.keys()).filter(
      (index) => fooled[index] !== changed.labels[index],
    );
    return {
      set: subset(changed, kept, name),
      sources: kept.map((index) => right[index]!),
      attacked: right.length,
    };
  } finally {
    await attacker.dispose();
    await classifier.dispose();
  }
}

/** What start number `start` of an attack on picture `source` is drawn from. */
export function startOf(seed: number, source: number, start: number) {
  return randomFor(seed, 'attack', source, start);
}
