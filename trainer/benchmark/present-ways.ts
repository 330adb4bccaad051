import type { Provider } from '../engine/onnx/provider-name.ts';
import { selectEngine } from '../engine/select.ts';
import type { TrainingWay } from '../engine/way.ts';

/** The ways to measure, of the engines and providers asked for; says which are missing, and why. */
export async function presentWays(
  engines: readonly string[],
  providers: readonly Provider[],
  say: (line: string) => void,
): Promise<TrainingWay[]> {
  const wanted: TrainingWay[] = [
    { engine: 'tensorflow' },
    ...providers.map((provider) => ({ engine: 'onnx', provider }) as const),
  ];
  const present: TrainingWay[] = [];
  for (const way of wanted) {
    if (engines.length > 0 && !engines.includes(way.engine)) continue;
    try {
      const provider = way.engine === 'onnx' ? way.provider : 'auto';
      const { notes } = await selectEngine(way.engine, { provider });
      for (const note of notes) say(note);
      present.push(way);
    } catch (error) {
      say(`Not measured: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return present;
}
