import type { z } from 'zod';
import type {
  ModelReadySchema,
  ServerLiveSchema,
  ServerMetadataSchema,
  ServerReadySchema,
} from '../route/inference-protocol/protocol-schema.ts';

/** What an edge takes and answers, by the schemas that it checks them by. */
export type { Card } from '../../exporter/contract/card.ts';
export type { Outcome } from '../../exporter/contract/feedback.ts';
export type { Moved, PointerBody } from '../route/admin-schema.ts';
export type { Classification, Classifications } from '../route/classify-schema.ts';
export type { ReportStatus, Reports, Settled } from '../route/feedback/feedback-schema.ts';
export type { Live, Ready } from '../route/health-schema.ts';
export type { InferReply, ModelMetadata } from '../route/inference-protocol/protocol-schema.ts';
export type { Versions } from '../route/versions-schema.ts';
export type ServerMetadata = z.infer<typeof ServerMetadataSchema>;
export type ServerLive = z.infer<typeof ServerLiveSchema>;
export type ServerReady = z.infer<typeof ServerReadySchema>;
export type ModelReady = z.infer<typeof ModelReadySchema>;
