import type { Outcome } from '../../exporter/contract/feedback.ts';
import type { EdgeClient } from '../ship/edge-client.ts';
import type { MistakeReport, ReportSource } from './report-source.ts';

/** The reports of mistakes that an edge keeps, the oldest first. */
export class EdgeReports implements ReportSource {
  readonly description: string;
  readonly #edge: EdgeClient;

  constructor(edge: EdgeClient) {
    this.#edge = edge;
    this.description = edge.address;
  }

  async open(): Promise<MistakeReport[]> {
    const reports = await this.#edge.openReports();
    return reports.sort((one, other) => one.receivedAt.localeCompare(other.receivedAt));
  }

  picture({ id }: MistakeReport): Promise<Uint8Array | null> {
    return this.#edge.reportPicture(id);
  }

  settle({ id }: MistakeReport, outcome: Outcome): Promise<void> {
    return this.#edge.settle(id, outcome);
  }
}
