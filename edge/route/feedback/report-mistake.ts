import { z } from 'zod';
import { sha256 } from '../../../exporter/contract/digest.ts';
import type { Feedback } from '../../../exporter/contract/feedback.ts';
import { readPictureHeader } from '../../../exporter/contract/picture/picture-header.ts';
import { type Answer, reportedPredictions } from '../../feedback/answer.ts';
import type { RecentAnswer } from '../../feedback/recent-answers.ts';
import { limitRate } from '../../security/rate-limit.ts';
import { clientKey } from '../client-key.ts';
import type { EdgeContext } from '../edge-context.ts';
import { EdgeError } from '../edge-error.ts';
import { operation } from '../operation.ts';
import { inferPrepared, prepareFiles } from '../picture/prepared-pictures.ts';
import { FORM } from '../picture/read-pictures.ts';
import {
  ReportBodySchema,
  ReportFieldsSchema,
  type ReportStatus,
  ReportStatusSchema,
} from './feedback-schema.ts';
import { checkSize, type Report, readReport } from './read-report.ts';
import { statusOf } from './report-status.ts';

const ID_DIGITS = 32;

export const reportMistake = operation({
  method: 'POST',
  path: '/feedback',
  group: 'Feedback',
  summary: 'Reports that a picture was answered wrongly, and keeps the picture',
  role: null,
  parameters: z.object({}),
  query: z.object({}),
  body: {
    description: 'The right label, and the picture, or the request that was answered wrongly',
    content: {
      [FORM]: ReportFieldsSchema.extend({ picture: z.file().optional() }),
      'application/json': ReportBodySchema,
    },
  },
  replies: {
    200: {
      description: 'The same mistake was reported before',
      content: { 'application/json': ReportStatusSchema },
    },
    201: { description: 'The report is kept', content: { 'application/json': ReportStatusSchema } },
  },
  problems: [
    'FEEDBACK_OFF',
    'BODY_INVALID',
    'MULTIPART_INVALID',
    'TOO_MANY_PICTURES',
    'PICTURE_TOO_LARGE',
    'PICTURE_EMPTY',
    'PICTURE_UNKNOWN_FORMAT',
    'PICTURE_CORRUPT',
    'REQUEST_FORGOTTEN',
    'LABEL_UNKNOWN',
    'NO_MISTAKE',
    'NOT_READY',
    'FEEDBACK_FULL',
  ],
  handle: async (context) => {
    const { isolate } = context.var;
    const { feedback: settings, model } = isolate.settings;
    if (!settings.on) {
      throw new EdgeError(
        'FEEDBACK_OFF',
        'This worker keeps no reports; its operator can switch them on.',
      );
    }
    await limitRate(context, context.env.FEEDBACK_LIMIT);
    const report = await readReport(context.req.raw, settings.maxBytes);
    const { picture, answer } = await answered(context, report);
    checkMistake(report.label, answer);
    const digest = await sha256(picture);
    const feedback: Feedback = {
      schema: 'patchwork/feedback@1',
      id: await idOf(answer.version, report.label, digest),
      model,
      receivedAt: new Date().toISOString(),
      requestId: report.requestId,
      version: answer.version,
      predictions: reportedPredictions(answer),
      label: report.label,
      picture: { sha256: digest, bytes: picture.length },
      outcome: null,
    };
    const type = `image/${readPictureHeader(picture).format}`;
    const kept = { bytes: picture, type };
    const { stored, created } = await isolate.feedback.add(feedback, kept);
    const status: ReportStatus = await statusOf(context, stored);
    return context.json(status, created ? 201 : 200, { location: `/feedback/${stored.id}` });
  },
});

/**
 * The picture of a report and what was answered. What this isolate remembers of the request counts; a
 * picture that it does not remember is asked about again.
 */
async function answered(
  context: EdgeContext,
  { picture, requestId }: Report,
): Promise<RecentAnswer> {
  const { isolate } = context.var;
  const recent = requestId === null ? undefined : isolate.recent.find(requestId);
  if (recent && (picture === null || sameBytes(picture, recent.picture))) {
    checkSize(recent.picture, isolate.settings.feedback.maxBytes);
    return recent;
  }
  if (picture === null) {
    throw new EdgeError(
      'REQUEST_FORGOTTEN',
      'This isolate does not remember that request, or no longer; send its picture.',
    );
  }
  const prepared = await prepareFiles(context, [{ name: '', bytes: picture }], null);
  const { manifest, logits } = await inferPrepared(context, prepared, {
    version: null,
    clientKey: clientKey(context),
    accept: () => {},
  });
  const { version, labels } = manifest;
  return { picture, answer: { version, labels, logits: logits[0]! } };
}

function checkMistake(label: string, answer: Answer): void {
  if (!answer.labels.includes(label)) {
    throw new EdgeError(
      'LABEL_UNKNOWN',
      `Version ${answer.version} has no label ${JSON.stringify(label)}; GET /versions lists them.`,
    );
  }
  if (reportedPredictions(answer)[0]?.label !== label) return;
  throw new EdgeError('NO_MISTAKE', `Version ${answer.version} answers ${label} for this picture.`);
}

/** The same for the same mistake, so that reporting it twice keeps one report. */
async function idOf(version: number, label: string, picture: string): Promise<string> {
  const mistake = new TextEncoder().encode(JSON.stringify([version, label, picture]));
  return (await sha256(mistake)).slice(0, ID_DIGITS);
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
