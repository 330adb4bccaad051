import { normalise } from '../../exporter/contract/picture/preprocess.ts';
import {
  type Calibration,
  CalibrationSchema,
  calibrate,
} from '../../exporter/format/precision/int8/calibrate.ts';
import type { Graph } from '../../exporter/graph/graph.ts';
import type { KeptMeasurements } from '../../exporter/measurement/kept-measurements.ts';
import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import { pictureDigest } from '../data/picture-digest.ts';
import type { PictureSet } from '../data/picture-set.ts';
import { weightsDigest } from '../network/weights.ts';
import { drawPictures } from './draw-pictures.ts';
import { traceClassifier } from './trace-classifier.ts';

/** Training pictures whose activations set the scales of an int8 form. */
export const CALIBRATION_PICTURES = 64;

export interface CalibrationSource {
  /** Before any patch. */
  readonly network: TrainedNetwork;
  /** With patches. */
  readonly graph: Graph;
  /** To draw from. */
  readonly pictures: PictureSet;
  /** Where calibrations of other exports are found and kept. */
  readonly kept?: KeptMeasurements | undefined;
}

/** Sets the scales of int8 forms. */
export class FormCalibration {
  readonly #source: CalibrationSource;
  readonly #images: Float32Array;
  readonly #count: number;
  #ofNetwork: Promise<Calibration> | null = null;

  constructor(source: CalibrationSource) {
    const { pictures, network } = source;
    this.#source = source;
    const drawn = drawPictures(pictures, CALIBRATION_PICTURES);
    this.#count = drawn.count;
    this.#images = normalise(drawn.pixels, network.dataSet.preprocessing);
  }

  /**
   * By the network before any patch: a small step in some weights hardly moves what activations range over,
   * so that all versions of a network have it in common.
   */
  ofNetwork(): Promise<Calibration> {
    this.#ofNetwork ??= this.#calibrateNetwork();
    return this.#ofNetwork;
  }

  /** By the network with its patches. */
  async ofVersion(): Promise<Calibration> {
    const { filters } = await this.ofNetwork();
    return calibrate(this.#source.graph, this.#images, this.#count, filters);
  }

  async #calibrateNetwork(): Promise<Calibration> {
    const { network, graph, kept } = this.#source;
    const { architecture, weights, dataSet } = network;
    const nodes = JSON.stringify(graph.nodes);
    const images = new Uint8Array(this.#images.buffer);
    const key = ['calibration', weightsDigest(weights), nodes, pictureDigest(images)];
    const measure = () => {
      const base = traceClassifier(architecture, weights, dataSet.preprocessing);
      const own = JSON.stringify(base.nodes) === nodes ? base : graph;
      return calibrate(own, this.#images, this.#count);
    };
    return kept ? kept.measured(key, CalibrationSchema, measure) : measure();
  }
}
