import { normalise } from '../../../exporter/contract/picture/preprocess.ts';
import type { PictureSet } from '../../data/picture-set.ts';
import type { Random } from '../../data/random.ts';
import type { Compiled, Engine, ValueMap } from '../../engine/engine.ts';
import { IMAGES } from '../../network/inference.ts';
import { disposeValues, uploadWeights } from '../../network/weights.ts';
import { batchRanges } from '../run-batches.ts';
import type { ScoredNetwork } from '../scorer.ts';
import { randomStart, stepUphill } from './ascent.ts';
import { type Attack, checkAttack } from './attack.ts';
import { AttackError } from './attack-error.ts';
import { GRADIENT, inputGradient, ONE_HOT } from './input-gradient.ts';

/** Changes pictures so that one network is least sure of their labels. Dispose of it after use. */
export class Attacker {
  readonly network: ScoredNetwork;
  #engine: Engine;
  #gradient: Compiled;
  #weights: ValueMap;

  constructor(engine: Engine, network: ScoredNetwork) {
    this.network = network;
    this.#engine = engine;
    this.#gradient = engine.compile(inputGradient(network.architecture));
    this.#weights = uploadWeights(engine, network.weights);
  }

  /**
   * Attacks every picture of a set, whatever the network answers for it.
   * @param randomFor what the start of picture `index` is drawn from
   * @returns the changed pictures [N,H,W,3], each byte within the attack's radius of its own
   * @throws AttackError ATTACK_INVALID, or SET_MISMATCH when the network takes no such pictures
   */
  async attack(
    set: PictureSet,
    attack: Attack,
    randomFor: (index: number) => Random,
  ): Promise<Uint8Array> {
    checkAttack(attack);
    this.#checkSet(set);
    const size = set.height * set.width * 3;
    const result = new Uint8Array(set.pixels);
    for (const range of batchRanges(set.count)) {
      const end = Math.min(set.count, range.start + range.size);
      const origin = set.pixels.subarray(range.start * size, end * size);
      const current = result.subarray(range.start * size, end * size);
      if (attack.randomStart) {
        for (let index = range.start; index < end; index++) {
          const own = result.subarray(index * size, (index + 1) * size);
          own.set(randomStart(own, attack.radius, randomFor(index)));
        }
      }
      const oneHot = this.#oneHot(set, range.start, range.size);
      for (let step = 0; step < attack.steps; step++) {
        const gradient = await this.#gradientOf(current, oneHot, range.size);
        stepUphill(current, origin, gradient, size / 3, attack);
      }
    }
    return result;
  }

  async dispose(): Promise<void> {
    disposeValues(this.#weights);
    await this.#gradient.dispose();
  }

  /** @param rows how many pictures the network is given: those past the end of `pixels` are zeros */
  async #gradientOf(pixels: Uint8Array, oneHot: Float32Array, rows: number): Promise<Float32Array> {
    const { height, width } = this.network.preprocessing;
    const filled = new Float32Array(rows * height * width * 3);
    filled.set(normalise(pixels, this.network.preprocessing));
    const { classes } = this.network.architecture;
    const inputs = {
      [IMAGES]: this.#engine.upload(filled, [rows, 3, height, width]),
      [ONE_HOT]: this.#engine.upload(oneHot, [rows, classes]),
    };
    const outputs = await this.#gradient.run({ ...this.#weights, ...inputs });
    const gradient = await outputs[GRADIENT]!.read();
    disposeValues({ ...inputs, ...outputs });
    return gradient;
  }

  #oneHot(set: PictureSet, start: number, rows: number): Float32Array {
    const { classes } = this.network.architecture;
    const oneHot = new Float32Array(rows * classes);
    const present = Math.min(rows, set.count - start);
    for (let row = 0; row < present; row++) oneHot[row * classes + set.labels[start + row]!] = 1;
    return oneHot;
  }

  #checkSet({ name, height, width, labelNames }: PictureSet): void {
    const { preprocessing, architecture } = this.network;
    const fits = height === preprocessing.height && width === preprocessing.width;
    if (fits && labelNames.length === architecture.classes) return;
    throw new AttackError(
      'SET_MISMATCH',
      `"${name}" has ${height} x ${width} pixels and ${labelNames.length} labels, the network ${preprocessing.height} x ${preprocessing.width} and ${architecture.classes}; attack pictures that the network was made for.`,
    );
  }
}
