import { type Normalisation, normalise } from '../../exporter/contract/picture/preprocess.ts';
import { constraintLoss } from '../editor/constraint.ts';
import type { EditRequest } from '../editor/edit-method.ts';
import type { Compiled, Engine } from '../engine/engine.ts';
import type { Architecture } from '../network/architecture.ts';
import { evaluationLayer } from '../network/convolution-layer.ts';
import { resnet18 } from '../network/resnet18.ts';
import { disposeValues, uploadWeights, type Weights } from '../network/weights.ts';

/** Whether a constraint loss wins by the margin, in nats; a tie never does. */
export function holds(loss: number, margin: number): boolean {
  return loss <= -margin && loss < 0;
}

/** Gives the constraint loss of a picture for any weights of one architecture. */
export class ConstraintProbe {
  #engine: Engine;
  #architecture: Architecture;
  #preprocessing: Normalisation;
  #loss: Compiled;

  constructor(engine: Engine, architecture: Architecture, preprocessing: Normalisation) {
    this.#engine = engine;
    this.#architecture = architecture;
    this.#preprocessing = preprocessing;
    this.#loss = engine.compile(({ image, oneHot, ...weights }) => {
      const logits = resnet18(architecture, weights, evaluationLayer(weights), image!);
      return { loss: constraintLoss(logits, oneHot!) };
    });
  }

  /** l_e of the picture, in nats. */
  async loss(weights: Weights, { picture, label }: EditRequest): Promise<number> {
    const { classes } = this.#architecture;
    const { height, width } = this.#preprocessing;
    const oneHot = new Float32Array(classes);
    oneHot[label] = 1;
    const image = normalise(picture.pixels, this.#preprocessing);
    const inputs = {
      ...uploadWeights(this.#engine, weights),
      image: this.#engine.upload(image, [1, 3, height, width]),
      oneHot: this.#engine.upload(oneHot, [1, classes]),
    };
    try {
      const outputs = await this.#loss.run(inputs);
      const [loss] = await outputs.loss!.read();
      disposeValues(outputs);
      return loss!;
    } finally {
      disposeValues(inputs);
    }
  }

  async dispose(): Promise<void> {
    await this.#loss.dispose();
  }
}
