import { ContractError } from '../../exporter/contract/contract-error.ts';
import type { Form } from '../../exporter/contract/form.ts';
import { checkGolden, goldenPixels } from '../../exporter/contract/golden.ts';
import { preprocess } from '../../exporter/contract/picture/preprocess.ts';
import type { RgbPicture } from '../../exporter/contract/picture/rgb-picture.ts';
import type { OpenTensors } from '../runtime/open-tensors.ts';
import type { Session } from '../runtime/session.ts';
import type { StoredManifest } from './channel-store.ts';
import type { LoadLease } from './load-lease.ts';

/** What a version holds in the runtime. */
export interface RuntimeHold {
  readonly session: Session;
  /** The weights that the session's graph takes as inputs; null where the graph has all. */
  readonly weights: OpenTensors | null;
  release(): void;
}

/** A version open in the runtime. */
export class LoadedVersion {
  readonly stored: StoredManifest;
  readonly form: Form;
  readonly #hold: RuntimeHold;

  constructor(stored: StoredManifest, form: Form, hold: RuntimeHold) {
    this.stored = stored;
    this.form = form;
    this.#hold = hold;
  }

  /**
   * Preprocesses and runs, without awaiting: the answer is this version's alone. Pictures run one at a
   * time, since batches run hardly faster and take heap for each of their pictures.
   * @returns the logits of each picture
   * @throws RuntimeError
   */
  classify(pictures: readonly RgbPicture[]): Float32Array[] {
    const { preprocessing } = this.stored.manifest;
    return pictures.map((picture) => this.run(preprocess(picture, preprocessing)));
  }

  /**
   * @param values one picture as the network takes it, [3,H,W]
   * @returns its logits
   * @throws RuntimeError
   */
  run(values: Float32Array): Float32Array {
    return this.#hold.session.run(values, 1, this.#hold.weights);
  }

  /**
   * Runs every golden picture, which also warms it up.
   * @throws ContractError GOLDEN_MISMATCH or MANIFEST_INVALID; RuntimeError
   */
  async passGolden(lease: LoadLease): Promise<void> {
    const { golden, preprocessing } = this.stored.manifest;
    const { logits, tolerance } = this.form.golden;
    const { height, width } = preprocessing;
    for (const [index, picture] of golden.entries()) {
      const pixels = goldenPixels(picture);
      if (pixels.length !== 3 * height * width) {
        throw new ContractError(
          'MANIFEST_INVALID',
          `Golden picture "${picture.name}" has ${pixels.length} bytes of pixels, not ${height} x ${width} x 3; export it again.`,
        );
      }
      const [found] = this.classify([{ height, width, pixels }]);
      checkGolden(picture.name, logits[index] ?? [], found ?? [], tolerance);
      await scheduler.wait(0);
      lease.check();
    }
  }

  /** Frees it. Calling it again does nothing. */
  release(): void {
    this.#hold.release();
  }
}
