import { z } from 'zod';
import { FeedbackSchema } from '../../../exporter/contract/feedback.ts';
import { STATES } from '../../feedback/report-state.ts';
import { REQUEST_ID_LENGTH } from '../request-id.ts';
import { WholeNumber } from '../whole-number.ts';

const Label = z.string().min(1).max(200);
const RequestId = z.string().min(1).max(REQUEST_ID_LENGTH);

/** A report in JSON; a form has the same fields, the picture as a file. */
export const ReportBodySchema = z
  .strictObject({
    label: Label.meta({ description: 'The label that the picture should have got' }),
    requestId: RequestId.optional().meta({
      description: 'The request that was answered wrongly; enough for a while after it',
    }),
    picture: z.base64().min(1).optional().meta({ description: 'Base64 of the picture file' }),
  })
  .meta({ id: 'Report' });

/** The text fields of a form. */
export const ReportFieldsSchema = z.strictObject({
  label: Label,
  requestId: RequestId.optional(),
});

/** What anybody who knows the id may know. `version` is the one that fixes it. */
export const ReportStatusSchema = z
  .strictObject({
    id: z.string(),
    state: z.enum(STATES),
    version: z.int().min(1).nullable(),
    requestId: z.string(),
  })
  .meta({ id: 'ReportStatus' });

export const REPORTS_LIMIT = 50;

export const ReportsQuerySchema = z.object({
  limit: WholeNumber.refine((limit) => limit <= REPORTS_LIMIT, `expected at most ${REPORTS_LIMIT}`)
    .optional()
    .meta({ description: `How many are answered, at most and by default ${REPORTS_LIMIT}` }),
  after: z
    .string()
    .regex(/^[0-9a-z-]{1,64}$/)
    .optional()
    .meta({ description: 'The id after which to go on, `next` of the answer before' }),
  outcome: z.enum(STATES).optional().meta({ description: 'Only those of this state' }),
});

/** Reports by id; `next` is null on the last page. */
export const ReportsSchema = z
  .strictObject({
    reports: z.array(FeedbackSchema),
    next: z.string().nullable(),
    requestId: z.string(),
  })
  .meta({ id: 'Reports' });

export const SettledSchema = z
  .strictObject({ report: FeedbackSchema, requestId: z.string() })
  .meta({ id: 'Settled' });

export type ReportBody = z.infer<typeof ReportBodySchema>;
export type ReportStatus = z.infer<typeof ReportStatusSchema>;
export type ReportsQuery = z.output<typeof ReportsQuerySchema>;
export type Reports = z.infer<typeof ReportsSchema>;
export type Settled = z.infer<typeof SettledSchema>;
