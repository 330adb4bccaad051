import type { RgbPicture } from '../../exporter/contract/picture/rgb-picture.ts';
import type {
  EditedModel,
  EditMethod,
  EditOutcome,
  EditRequest,
  Override,
} from '../editor/edit-method.ts';
import type { Scorer } from '../evaluation/scorer.ts';
import { cosineDistance } from './cosine-distance.ts';
import { withOverride } from './with-override.ts';

/** The features of one picture differ by this much between batches, in cosine distance. */
const ROUNDING = 1e-9;

/**
 * Nearest neighbour on features, as in k-nearest-neighbour memories with k = 1 (Khandelwal et al. 2020,
 * arXiv 1911.00172, for language): a picture takes the label of the fixed picture whose penultimate
 * features are the nearest, by cosine distance, where that is within a radius. Features are those of
 * the network before any fix.
 */
export class NearestNeighbour implements EditMethod {
  readonly name = 'nearest-neighbour';
  readonly settings: { readonly radius: number };
  #scorer: Scorer;
  #labelNames: readonly string[];

  /** @param radius a cosine distance, from 0 to 2; `calibratedRadius` gives one */
  constructor(scorer: Scorer, labelNames: readonly string[], radius: number) {
    this.settings = { radius };
    this.#scorer = scorer;
    this.#labelNames = labelNames;
  }

  async edit(model: EditedModel, { picture, label }: EditRequest): Promise<EditOutcome> {
    const features = await this.#featuresOf(picture);
    const older = model.overrides.filter((override) => override instanceof Neighbour);
    return withOverride(model, new Neighbour(label, features, this.settings.radius, older));
  }

  async dispose(): Promise<void> {}

  async #featuresOf({ height, width, pixels }: RgbPicture): Promise<Float32Array> {
    const prepared = await this.#scorer.prepare({
      name: 'the picture to fix',
      height,
      width,
      pixels,
      count: 1,
      labels: new Uint8Array(1),
      labelNames: this.#labelNames,
    });
    const features = prepared.features.slice();
    await prepared.dispose();
    return features;
  }
}

class Neighbour implements Override {
  readonly label: number;
  #features: Float32Array;
  #radius: number;
  #older: readonly Neighbour[];

  constructor(label: number, features: Float32Array, radius: number, older: readonly Neighbour[]) {
    this.label = label;
    this.#features = features;
    this.#radius = radius;
    this.#older = older;
  }

  /** Leaves a picture that is nearer to an older fix to that one: the newest is asked first. */
  matches(_picture: RgbPicture, features: Float32Array): boolean {
    const distance = this.#distance(features);
    return (
      distance <= this.#radius + ROUNDING &&
      this.#older.every((fix) => distance <= fix.#distance(features))
    );
  }

  #distance(features: Float32Array): number {
    return cosineDistance(this.#features, features);
  }
}
