import { z } from 'zod';
import { ContractError } from '../../../exporter/contract/contract-error.ts';
import { operation } from '../operation.ts';
import {
  REPORTS_LIMIT,
  type Reports,
  ReportsQuerySchema,
  ReportsSchema,
} from './feedback-schema.ts';
import { ReportId } from './report-status.ts';

export const listReports = operation({
  method: 'GET',
  path: '/feedback',
  group: 'Feedback',
  summary: 'Lists reports of mistakes by id',
  role: 'feedback',
  parameters: z.object({}),
  query: ReportsQuerySchema,
  body: null,
  replies: {
    200: { description: 'A page of reports', content: { 'application/json': ReportsSchema } },
  },
  problems: ['QUERY_INVALID'],
  handle: async (context, { query: { limit = REPORTS_LIMIT, after, outcome } }) => {
    const { isolate, requestId } = context.var;
    const entries = (await isolate.feedback.entries(context.executionCtx)).filter(
      ({ id, state }) =>
        (after === undefined || id > after) && (outcome === undefined || state === outcome),
    );
    const page = entries.slice(0, limit);
    const found = await Promise.all(
      page.map(({ id }) => isolate.feedback.find(id).catch((error) => skip(error, id, requestId))),
    );
    const reports = found.flatMap((stored) => stored?.feedback ?? []);
    const next = entries.length > page.length ? page.at(-1)!.id : null;
    return context.json<Reports>({ reports, next, requestId });
  },
});

export const reportPicture = operation({
  method: 'GET',
  path: '/feedback/:id/picture',
  group: 'Feedback',
  summary: 'Gives the picture of a report, as it was sent',
  role: 'feedback',
  parameters: z.object({ id: ReportId }),
  query: z.object({}),
  body: null,
  replies: {
    200: {
      description: 'The picture',
      content: { 'image/png': 'bytes', 'image/jpeg': 'bytes', 'image/webp': 'bytes' },
    },
  },
  problems: ['FEEDBACK_UNKNOWN'],
  handle: async (context, { parameters: { id } }) => {
    const picture = await context.var.isolate.feedback.picture(id);
    return context.body(picture.body, 200, {
      'content-type': picture.httpMetadata?.contentType ?? 'application/octet-stream',
      'content-length': String(picture.size),
    });
  },
});

/** Leaves a report out that cannot be read, since those around it can. */
function skip(error: unknown, id: string, requestId: string): null {
  if (!(error instanceof ContractError)) throw error;
  console.error(JSON.stringify({ event: 'report', requestId, id, reason: error.message }));
  return null;
}
