import { selectEngine } from '../engine/select.ts';
import type { EngineName } from './cell.ts';

const MEASURABLE: readonly EngineName[] = ['tensorflow', 'onnx'];

/** The engines to measure, of those asked for or of all; says which are missing, and why. */
export async function presentEngines(
  wanted: readonly string[],
  say: (line: string) => void,
): Promise<EngineName[]> {
  const present: EngineName[] = [];
  for (const name of MEASURABLE) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    try {
      const { notes } = await selectEngine(name);
      for (const note of notes) say(note);
      present.push(name);
    } catch (error) {
      say(`Not measured: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return present;
}
