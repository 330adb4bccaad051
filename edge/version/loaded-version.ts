import { ContractError } from '../../exporter/contract/contract-error.ts';
import type { Form } from '../../exporter/contract/form.ts';
import { checkGolden, goldenPixels } from '../../exporter/contract/golden.ts';
import type { GoldenPicture } from '../../exporter/contract/manifest.ts';
import type { RgbPicture } from '../../exporter/contract/picture/rgb-picture.ts';
import type { OpenTensors } from '../runtime/open-tensors.ts';
import type { Session } from '../runtime/session.ts';
import type { StoredManifest } from './channel-store.ts';
import type { LoadLease } from './load-lease.ts';
import { type ModelInput, networkInput } from './model-input.ts';
import type { Turnstile } from './turnstile.ts';

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
  /** The golden pictures as the network's input, once they were asked for. */
  #golden: Float32Array[] | null = null;

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
  classify(pictures: readonly ModelInput[]): Float32Array[] {
    const { preprocessing } = this.stored.manifest;
    return pictures.map((picture) =>
      this.#hold.session.run(networkInput(picture, preprocessing), 1, this.#hold.weights),
    );
  }

  /**
   * Runs every golden picture, in turn with the inferences of requests; it also warms it up.
   * @throws ContractError GOLDEN_MISMATCH or MANIFEST_INVALID; RuntimeError
   */
  async passGolden(turnstile: Turnstile, lease: LoadLease): Promise<void> {
    const { golden, preprocessing } = this.stored.manifest;
    const { logits, tolerance } = this.form.golden;
    for (const [index, picture] of golden.entries()) {
      await turnstile.step(() => {
        lease.check();
        const [found] = this.classify([goldenPicture(picture, preprocessing)]);
        checkGolden(picture.name, logits[index] ?? [], found ?? [], tolerance);
      });
      lease.check();
    }
  }

  /** Whether a picture is, as the network sees it, one of the golden ones: those of its fixes are. */
  isGolden(picture: ModelInput): boolean {
    const { golden, preprocessing } = this.stored.manifest;
    this.#golden ??= golden.map((each) =>
      networkInput(goldenPicture(each, preprocessing), preprocessing),
    );
    const values = networkInput(picture, preprocessing);
    return this.#golden.some((each) => each.every((value, index) => value === values[index]));
  }

  /** Frees it. Calling it again does nothing. */
  release(): void {
    this.#hold.release();
  }
}

function goldenPicture(
  picture: GoldenPicture,
  { height, width }: { height: number; width: number },
): RgbPicture {
  const pixels = goldenPixels(picture);
  if (pixels.length === 3 * height * width) return { height, width, pixels };
  throw new ContractError(
    'MANIFEST_INVALID',
    `Golden picture "${picture.name}" has ${pixels.length} bytes of pixels, not ${height} x ${width} x 3; export it again.`,
  );
}
