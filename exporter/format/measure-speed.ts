import { z } from 'zod';
import type { ClassifierShape, ExportedForm } from './exported-graph.ts';
import { FormSession } from './runtime/form-session.ts';

const REPETITIONS = 5;

export const SpeedSchema = z.strictObject({
  batch: z.int().min(1),
  threads: z.int().min(1),
  /** The median of some runs after one that is not counted. */
  milliseconds: z.number().positive(),
});

export type Speed = Readonly<z.output<typeof SpeedSchema>>;

/**
 * How fast a form classifies one picture in onnxruntime-web, as the edge runs it: on one thread of this
 * machine.
 * @throws ExportError RUNTIME_MISSING, GRAPH_UNREADABLE or GRAPH_PORTS
 */
export async function measureSpeed(form: ExportedForm, shape: ClassifierShape): Promise<Speed> {
  const session = await FormSession.open(form, shape, 'wasm');
  try {
    const image = new Float32Array(3 * shape.height * shape.width).fill(0.5);
    await session.logits(image, 1);
    const times: number[] = [];
    while (times.length < REPETITIONS) {
      const began = performance.now();
      await session.logits(image, 1);
      times.push(performance.now() - began);
    }
    times.sort((left, right) => left - right);
    return { batch: 1, threads: 1, milliseconds: times[REPETITIONS >> 1]! };
  } finally {
    await session.release();
  }
}
