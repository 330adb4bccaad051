import type { InferenceSession, Tensor } from 'onnxruntime-web';
import { unpackTensor } from '../../../exporter/format/storage/open-stage.ts';
import type { SingleForm } from './single-forms.ts';

/** Weights that are copied in no time beside an inference. */
const LIGHT_BYTES = 1e6;

/** A form open in onnxruntime-web in this process, on one thread as in workerd. */
export class PlainNode {
  readonly #session: InferenceSession;
  readonly #feeds: Record<string, Tensor>;

  private constructor(session: InferenceSession, feeds: Record<string, Tensor>) {
    this.#session = session;
    this.#feeds = feeds;
  }

  /** @returns null for a delta of more than a head: this interface copies its weights into the heap for every run */
  static async open({ form, artifact }: SingleForm): Promise<PlainNode | null> {
    const { tensors } = form;
    if (tensors.reduce((sum, { bytes }) => sum + bytes, 0) > LIGHT_BYTES) return null;
    const { env, InferenceSession, Tensor } = await import('onnxruntime-web');
    env.wasm.numThreads = 1;
    const { graph, weights } = form;
    const data = weights && artifact.parts.get(weights.sha256)!;
    const session = await InferenceSession.create(artifact.parts.get(graph.sha256)!, {
      executionProviders: ['wasm'],
      ...(weights && data && tensors.length === 0
        ? { externalData: [{ path: weights.sha256, data }] }
        : {}),
    });
    const { height, width } = artifact.manifest.preprocessing;
    const values = Float32Array.from({ length: 3 * height * width }, (_, at) => Math.sin(at * at));
    const picture = new Tensor('float32', values, [1, 3, height, width]);
    const open = tensors.map((tensor) => {
      const { name, dims } = tensor;
      return [name, new Tensor('float32', unpackTensor(data!, tensor), dims)] as const;
    });
    return new PlainNode(session, { [graph.input]: picture, ...Object.fromEntries(open) });
  }

  /** @returns how long one picture took, and the processor time of it, in ms */
  async time(): Promise<{ elapsed: number; processor: number }> {
    const [began, used] = [performance.now(), process.cpuUsage()];
    await this.#session.run(this.#feeds);
    const { user, system } = process.cpuUsage(used);
    return { elapsed: performance.now() - began, processor: (user + system) / 1000 };
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}
