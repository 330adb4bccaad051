import { ContractError } from '../../exporter/contract/contract-error.ts';
import type { Form } from '../../exporter/contract/form.ts';
import { checkGolden, goldenPixels } from '../../exporter/contract/golden.ts';
import { findForm, type GoldenPicture, type Manifest } from '../../exporter/contract/manifest.ts';
import type { RgbPicture } from '../../exporter/contract/picture/rgb-picture.ts';
import type { OrtInstance } from '../runtime/instance.ts';
import { Session } from '../runtime/session.ts';
import type { ChannelStore, StoredManifest } from './channel-store.ts';
import type { LoadLease } from './load-lease.ts';
import { type ModelInput, networkInput } from './model-input.ts';
import { receivePart } from './receive-part.ts';
import { VersionError } from './version-error.ts';

/** Pictures run at once: more would need more heap for activations and hardly run faster. */
const BATCH = 8;

/**
 * Heap that opening a graph takes at its peak, and that it keeps, as multiples of the file. The file,
 * the parsed message and the tensors exist at once; the tensors stay, with room for activations.
 */
const OPENING_FACTOR = 3;
const RESIDENT_FACTOR = 1.25;

/** A version that passed all its checks, open in the runtime. */
export class LoadedVersion {
  readonly stored: StoredManifest;
  readonly #golden: Form['golden'];
  readonly #session: Session;
  readonly #letGo: () => void;

  private constructor(
    stored: StoredManifest,
    golden: Form['golden'],
    session: Session,
    letGo: () => void,
  ) {
    this.stored = stored;
    this.#golden = golden;
    this.#session = session;
    this.#letGo = letGo;
  }

  /**
   * Brings a version into the heap: streamed and hashed, opened, and run on its golden vectors, which
   * warms it up. What it holds is released when `lease` ends, unless that is kept.
   * @throws VersionError, ContractError or RuntimeError: why it must not serve
   */
  static async load(
    instance: OrtInstance,
    store: ChannelStore,
    stored: StoredManifest,
    lease: LoadLease,
  ): Promise<LoadedVersion> {
    const { heap } = instance;
    const { preprocessing, labels } = stored.manifest;
    const { graph, golden } = servedForm(stored.manifest);
    requireHeadroom(instance, graph.bytes * OPENING_FACTOR);
    const letGoPeak = heap.hold(graph.bytes * OPENING_FACTOR);
    lease.own(letGoPeak);
    const body = await store.part(graph.sha256);
    lease.check();
    const model = heap.allocate(graph.bytes);
    let allocated = true;
    const freeModel = () => {
      if (allocated && !instance.lost) heap.free(model);
      allocated = false;
    };
    lease.own(freeModel);
    await receivePart(heap, model, graph, body, lease);
    const session = Session.open(instance, model, graph.bytes, {
      input: graph.input,
      output: graph.output,
      height: preprocessing.height,
      width: preprocessing.width,
      classes: labels.length,
    });
    freeModel();
    letGoPeak();
    const letGo = heap.hold(graph.bytes * RESIDENT_FACTOR);
    const version = new LoadedVersion(stored, golden, session, letGo);
    lease.own(() => version.release());
    await version.#passGolden(lease);
    return version;
  }

  /**
   * Preprocesses and runs, without awaiting: the answer is this version's alone.
   * @returns the logits of each picture
   * @throws RuntimeError
   */
  classify(pictures: readonly ModelInput[]): Float32Array[] {
    const { preprocessing, labels } = this.stored.manifest;
    const size = 3 * preprocessing.height * preprocessing.width;
    const rows: Float32Array[] = [];
    for (let start = 0; start < pictures.length; start += BATCH) {
      const batch = pictures.slice(start, start + BATCH);
      const input = new Float32Array(batch.length * size);
      batch.forEach((picture, index) => {
        input.set(networkInput(picture, preprocessing), index * size);
      });
      const logits = this.#session.run(input, batch.length);
      batch.forEach((_, index) => {
        rows.push(logits.subarray(index * labels.length, (index + 1) * labels.length));
      });
    }
    return rows;
  }

  /** Frees it. Calling it again does nothing. */
  release(): void {
    this.#session.release();
    this.#letGo();
  }

  async #passGolden(lease: LoadLease): Promise<void> {
    const { manifest } = this.stored;
    const { logits, tolerance } = this.#golden;
    for (const [index, picture] of manifest.golden.entries()) {
      const [found] = this.classify([goldenPicture(picture, manifest.preprocessing)]);
      checkGolden(picture.name, logits[index] ?? [], found ?? [], tolerance);
      await scheduler.wait(0);
      lease.check();
    }
  }
}

/** @throws ContractError MANIFEST_INVALID where no form can be opened here */
function servedForm(manifest: Manifest): Form {
  const form = findForm(manifest, 'fp32', 'onnx');
  if (form) return form;
  throw new ContractError(
    'MANIFEST_INVALID',
    `Version ${manifest.version} has no form that this worker can open; export it again.`,
  );
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

function requireHeadroom({ heap }: OrtInstance, bytes: number): void {
  if (bytes <= heap.headroom) return;
  throw new VersionError(
    'NO_HEADROOM',
    `Opening the graph takes up to ${bytes} bytes of heap, and ${Math.max(0, heap.headroom)} of its ${heap.capBytes} are free; raise HEAP_CAP_MIB where the host allows, or serve a smaller artifact.`,
  );
}
