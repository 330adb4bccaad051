import { movePointer, rollBack } from './admin.ts';
import { card } from './card.ts';
import { classify } from './classify.ts';
import { listReports, reportPicture } from './feedback/read-reports.ts';
import { reportMistake } from './feedback/report-mistake.ts';
import { reportStatus } from './feedback/report-status.ts';
import { settleReport } from './feedback/settle-report.ts';
import { live, ready } from './health.ts';
import { modelRoutes } from './inference-protocol/model.ts';
import { serverLive, serverMetadata, serverReady } from './inference-protocol/server.ts';
import { metrics } from './metrics.ts';
import type { Operation } from './operation.ts';
import { listVersions } from './versions.ts';

/** Every route but those that describe them. */
export const OPERATIONS: readonly Operation[] = [
  classify,
  listVersions,
  card,
  reportMistake,
  reportStatus,
  listReports,
  reportPicture,
  settleReport,
  movePointer,
  rollBack,
  live,
  ready,
  metrics,
  serverMetadata,
  serverLive,
  serverReady,
  ...modelRoutes,
];
