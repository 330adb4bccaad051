import { ClassifierSession } from './classifier-session.ts';
import type { ClassifierShape, ExportedGraph } from './exported-graph.ts';

const BATCHES = [1, 8];
const REPETITIONS = 5;

export interface Speed {
  readonly batch: number;
  readonly threads: number;
  /** The median of some runs after one that is not counted. */
  readonly milliseconds: number;
}

/**
 * How fast a graph is in onnxruntime-node on one thread of this machine.
 * @throws ExportError RUNTIME_MISSING, GRAPH_UNREADABLE or GRAPH_PORTS
 */
export async function measureSpeed(graph: ExportedGraph, shape: ClassifierShape): Promise<Speed[]> {
  const session = await ClassifierSession.open(graph, shape);
  try {
    const speeds: Speed[] = [];
    for (const batch of BATCHES) {
      const images = new Float32Array(batch * 3 * shape.height * shape.width).fill(0.5);
      await session.logits(images, batch);
      const times: number[] = [];
      while (times.length < REPETITIONS) {
        const began = performance.now();
        await session.logits(images, batch);
        times.push(performance.now() - began);
      }
      times.sort((left, right) => left - right);
      speeds.push({ batch, threads: 1, milliseconds: times[REPETITIONS >> 1]! });
    }
    return speeds;
  } finally {
    await session.release();
  }
}
