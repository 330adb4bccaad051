import type { InferenceSession, Tensor } from 'onnxruntime-web';
import type { SingleForm } from './single-forms.ts';

/** A form open in onnxruntime-web in this process, on one thread as in workerd. */
export class PlainNode {
  readonly #session: InferenceSession;
  readonly #feeds: Record<string, Tensor>;

  private constructor(session: InferenceSession, feeds: Record<string, Tensor>) {
    this.#session = session;
    this.#feeds = feeds;
  }

  /** @returns null for a delta, whose weights this interface would copy into the heap for every run */
  static async open({ form, artifact }: SingleForm): Promise<PlainNode | null> {
    if (form.storage === 'delta') return null;
    const { env, InferenceSession, Tensor } = await import('onnxruntime-web');
    env.wasm.numThreads = 1;
    const { graph, weights } = form;
    const data = weights && artifact.parts.get(weights.sha256)!;
    const session = await InferenceSession.create(artifact.parts.get(graph.sha256)!, {
      executionProviders: ['wasm'],
      ...(weights && data ? { externalData: [{ path: weights.sha256, data }] } : {}),
    });
    const { height, width } = artifact.manifest.preprocessing;
    const values = Float32Array.from({ length: 3 * height * width }, (_, at) => Math.sin(at * at));
    const picture = new Tensor('float32', values, [1, 3, height, width]);
    return new PlainNode(session, { [graph.input]: picture });
  }

  /** @returns how long one picture took, in ms */
  async time(): Promise<number> {
    const began = performance.now();
    await this.#session.run(this.#feeds);
    return performance.now() - began;
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}
