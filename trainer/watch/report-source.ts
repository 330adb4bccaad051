import type { Outcome } from '../../exporter/contract/feedback.ts';

/** Somebody's word that a picture should have another label. */
export interface MistakeReport {
  readonly id: string;
  readonly label: string;
}

/** Where reports come from, and where is said what became of them. */
export interface ReportSource {
  /** For people. */
  readonly description: string;
  /** Reports without an outcome, in a fixed order. */
  open(): Promise<readonly MistakeReport[]>;
  /** The bytes of a report's picture file; null where it is gone. */
  picture(report: MistakeReport): Promise<Uint8Array | null>;
  /** Doing it again changes nothing. */
  settle(report: MistakeReport, outcome: Outcome): Promise<void>;
}
