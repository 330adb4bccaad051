import { z } from 'zod';
import type { Feedback } from '../../../exporter/contract/feedback.ts';
import type { EdgeContext } from '../edge-context.ts';
import { operation } from '../operation.ts';
import { type ReportStatus, ReportStatusSchema } from './feedback-schema.ts';

/** Reports are named by letters, digits and hyphens. */
export const ReportId = z.string().regex(/^[0-9a-z-]{1,64}$/, 'expected the id of a report');

export const reportStatus = operation({
  method: 'GET',
  path: '/feedback/:id',
  group: 'Feedback',
  summary: 'Says what became of a report',
  role: null,
  parameters: z.object({ id: ReportId }),
  query: z.object({}),
  body: null,
  replies: {
    200: {
      description: 'Its state, and the version that fixes it',
      content: { 'application/json': ReportStatusSchema },
    },
  },
  problems: ['FEEDBACK_UNKNOWN'],
  handle: async (context, { parameters: { id } }) => {
    const { feedback, etag } = await context.var.isolate.feedback.get(id);
    return context.json<ReportStatus>(await statusOf(context, feedback), 200, {
      etag: `"${etag}"`,
    });
  },
});

/** What a reporter may know; of a duplicate, what became of the report that it repeats. */
export async function statusOf(context: EdgeContext, report: Feedback): Promise<ReportStatus> {
  const { requestId, isolate } = context.var;
  const { outcome } = report;
  const original = outcome?.state === 'duplicate' ? await isolate.feedback.find(outcome.of) : null;
  const settled = original?.feedback.outcome ?? outcome;
  return {
    id: report.id,
    state: settled?.state ?? 'open',
    version: settled?.state === 'fixed' ? settled.version : null,
    requestId,
  };
}
