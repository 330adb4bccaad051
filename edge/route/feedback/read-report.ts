import { EdgeError } from '../edge-error.ts';
import { describe } from '../operation.ts';
import { decodeBase64 } from '../picture/base64.ts';
import { filesOf, readForm } from '../picture/form.ts';
import { FORM, JSON_TYPE, mediaTypeOf } from '../picture/read-pictures.ts';
import { readBody } from '../read-body.ts';
import { ofSchema, parseJson } from '../read-json.ts';
import { ReportBodySchema, ReportFieldsSchema } from './feedback-schema.ts';

export interface Report {
  readonly label: string;
  readonly requestId: string | null;
  /** Null where the report only names a request. */
  readonly picture: Uint8Array | null;
}

/** What a body has beside its picture. */
const FRAME_BYTES = 4096;

/**
 * Reads a report, from JSON or from a form.
 * @throws EdgeError MEDIA_TYPE_UNSUPPORTED, BODY_EMPTY, BODY_INVALID, BODY_TOO_LARGE, MULTIPART_INVALID
 *   or TOO_MANY_PICTURES
 */
export async function readReport(request: Request, maxBytes: number): Promise<Report> {
  const contentType = request.headers.get('content-type') ?? '';
  const mediaType = mediaTypeOf(contentType);
  if (mediaType !== FORM && mediaType !== JSON_TYPE) {
    throw new EdgeError('MEDIA_TYPE_UNSUPPORTED', `A report is ${FORM} or ${JSON_TYPE}.`, {
      headers: { accept: `${FORM}, ${JSON_TYPE}` },
    });
  }
  const body = await readBody(request, Math.ceil((maxBytes * 4) / 3) + FRAME_BYTES);
  const report = mediaType === FORM ? await ofForm(body, contentType) : ofJson(body);
  if (report.picture === null && report.requestId === null) {
    throw new EdgeError('BODY_INVALID', 'A report names a request or holds a picture, or both.');
  }
  if (report.picture !== null) checkSize(report.picture, maxBytes);
  return report;
}

/** Holds the picture of a report against the bound, sent or remembered. @throws EdgeError BODY_TOO_LARGE */
export function checkSize(picture: Uint8Array, maxBytes: number): void {
  if (picture.length <= maxBytes) return;
  throw new EdgeError('BODY_TOO_LARGE', `A picture of a report has at most ${maxBytes} bytes.`);
}

function ofJson(body: Uint8Array): Report {
  const { label, requestId, picture } = ofSchema(parseJson(body), ReportBodySchema);
  return {
    label,
    requestId: requestId ?? null,
    picture: picture === undefined ? null : decodeBase64(picture),
  };
}

async function ofForm(body: Uint8Array, contentType: string): Promise<Report> {
  const form = await readForm(body, contentType);
  const texts = [...form].filter(([, value]) => typeof value === 'string');
  const fields = ReportFieldsSchema.safeParse(Object.fromEntries(texts));
  if (!fields.success) throw new EdgeError('BODY_INVALID', describe(fields.error));
  const { label, requestId } = fields.data;
  const files = texts.length < [...form].length ? await filesOf(form, { maxPictures: 1 }) : [];
  return { label, requestId: requestId ?? null, picture: files[0]?.bytes ?? null };
}
