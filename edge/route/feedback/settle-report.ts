import { z } from 'zod';
import { OutcomeSchema } from '../../../exporter/contract/feedback.ts';
import { operation } from '../operation.ts';
import { readJson } from '../read-json.ts';
import { type Settled, SettledSchema } from './feedback-schema.ts';
import { ReportId } from './report-status.ts';

const MAX_BODY_BYTES = 8192;

export const settleReport = operation({
  method: 'PUT',
  path: '/feedback/:id/outcome',
  group: 'Feedback',
  summary: 'Says what became of a report; saying it again changes nothing',
  role: 'feedback',
  parameters: z.object({ id: ReportId }),
  query: z.object({}),
  headers: z.object({
    'If-Match': z.string().optional().meta({ description: 'The ETag of the report' }),
  }),
  body: {
    description:
      'The outcome. A report that has another is changed only with the ETag of the report as If-Match.',
    content: { 'application/json': OutcomeSchema },
  },
  replies: {
    200: { description: 'The settled report', content: { 'application/json': SettledSchema } },
  },
  problems: ['BODY_INVALID', 'FEEDBACK_UNKNOWN', 'OUTCOME_CONFLICT', 'PRECONDITION_FAILED'],
  handle: async (context, { parameters: { id } }) => {
    const { isolate, requestId } = context.var;
    const outcome = await readJson(context.req.raw, OutcomeSchema, MAX_BODY_BYTES);
    const expected = /^"([^"]*)"$/.exec(context.req.header('if-match') ?? '')?.[1] ?? null;
    const { feedback, etag } = await isolate.feedback.settle(id, outcome, expected);
    return context.json<Settled>({ report: feedback, requestId }, 200, { etag: `"${etag}"` });
  },
});
