import type { EditPool } from './edit-protocols.ts';
import { mistakes } from './planned-edit.ts';
import type { ProtocolUnits } from './protocol-units.ts';
import { judgeSequence, MARKS } from './sequence-unit.ts';

export interface SequentialOptions {
  /** How many sequences, each with mistakes in an order of its own. */
  readonly sequences: number;
  readonly seed: number;
}

/** Real mistakes edited on top of each other, at most as many as the last mark. */
export function sequentialProtocol(
  { judge, network, set, logits, arguable }: EditPool,
  { sequences, seed }: SequentialOptions,
): ProtocolUnits {
  const most = MARKS.at(-1)!;
  const planned = Array.from({ length: sequences }, (_, sequence) =>
    mistakes(set, logits, most, seed + sequence, arguable),
  );
  const edits = planned[0]?.length ?? 0;
  return {
    protocol: 'sequential',
    parameters: { sequences, edits },
    count: edits === 0 ? 0 : sequences,
    margin: null,
    judge: (method, index) => judgeSequence(judge, method, network, set, planned[index]!),
  };
}
