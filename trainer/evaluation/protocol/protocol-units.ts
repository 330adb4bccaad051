import type { EditMethod } from '../../editor/edit-method.ts';
import type { Protocol } from '../run/evaluation-plan.ts';
import type { UnitOutcome } from '../run/run-evaluation.ts';

/** The units of one protocol, which every method is given alike. */
export interface ProtocolUnits {
  readonly protocol: Protocol;
  /** What the protocol was told. */
  readonly parameters: Readonly<Record<string, number | string>>;
  readonly count: number;
  /** By how much edits must win, in nats; null leaves it to the settings of the method. */
  readonly margin: number | null;
  /** Judges unit `index` of a method. */
  judge(method: EditMethod, index: number): Promise<UnitOutcome>;
  /** Gives back what it computes with, if anything. */
  dispose?(): Promise<void>;
}
