import type { EdgeContext } from '../edge-context.ts';
import { EdgeError } from '../edge-error.ts';
import { readBody } from '../read-body.ts';
import { ofSchema, parseJson } from '../read-json.ts';
import { decodeBase64 } from './base64.ts';
import type { NamedFile } from './decode-files.ts';
import { filesOf, readForm } from './form.ts';
import { checkCount, type PictureLimits } from './picture-limits.ts';
import { PicturesBodySchema, PicturesCountSchema } from './pictures-schema.ts';
import { type PreparedPictures, prepareFiles, prepareInputs } from './prepared-pictures.ts';
import { readTensor } from './tensor.ts';

export const FORM = 'multipart/form-data';
export const JSON_TYPE = 'application/json';
export const TENSOR = 'application/vnd.patchwork.tensor';
export const RAW = ['image/png', 'image/jpeg', 'image/webp', 'application/octet-stream'];
/** What curl says of `--data-binary` unless it is told better. */
const UNTOLD = 'application/x-www-form-urlencoded';

export interface ReadPictures {
  /** What the answer calls each. */
  readonly names: readonly string[];
  readonly prepared: PreparedPictures;
  /** The file of a single picture, where a report may yet name its request; else null. */
  readonly file: Uint8Array | null;
}

/**
 * The pictures of a request: its body, the files of its form, by their file names, those of its JSON, or
 * those of its tensor. The bytes tell the format of a picture, whichever of the media types is stated.
 * Nothing of what was sent is kept but `file`, since many may wait.
 * @param pin the version that must answer, null for the one that serves
 * @throws EdgeError MEDIA_TYPE_UNSUPPORTED, BODY_EMPTY, BODY_TOO_LARGE, BODY_INVALID, TENSOR_INVALID,
 *   MULTIPART_INVALID or TOO_MANY_PICTURES; PictureError; VersionError as `infer` does
 */
export async function readPictures(
  context: EdgeContext,
  pin: number | null,
): Promise<ReadPictures> {
  const { settings, recent } = context.var.isolate;
  const { raw } = context.req;
  const contentType = raw.headers.get('content-type') ?? 'application/octet-stream';
  const mediaType = mediaTypeOf(contentType);
  if (![FORM, JSON_TYPE, TENSOR, UNTOLD, ...RAW].includes(mediaType)) {
    const taken = [...RAW, FORM, JSON_TYPE, TENSOR].join(', ');
    throw new EdgeError(
      'MEDIA_TYPE_UNSUPPORTED',
      `A body of ${JSON.stringify(mediaType)} is not taken; send ${taken}.`,
      { headers: { accept: taken } },
    );
  }
  const body = await readBody(raw, settings.maxBodyBytes);
  if (mediaType === TENSOR) {
    const inputs = readTensor(body, contentType, settings);
    const names = inputs.map((_, index) => String(index));
    return { names, prepared: await prepareInputs(context, inputs, pin), file: null };
  }
  const files = await filesIn(body, contentType, settings);
  const single = files.length === 1 ? files[0]!.bytes : null;
  return {
    names: files.map(({ name }) => name),
    prepared: await prepareFiles(context, files, pin),
    file: single && recent.takes(single) ? single : null,
  };
}

export function mediaTypeOf(contentType: string): string {
  return contentType.split(';')[0]!.trim().toLowerCase();
}

async function filesIn(
  body: Uint8Array,
  contentType: string,
  limits: PictureLimits,
): Promise<NamedFile[]> {
  switch (mediaTypeOf(contentType)) {
    case FORM:
      return filesOf(await readForm(body, contentType), limits);
    case JSON_TYPE:
      return filesOfJson(body, limits);
    default:
      return [{ name: '', bytes: body }];
  }
}

function filesOfJson(body: Uint8Array, limits: PictureLimits): NamedFile[] {
  const json = parseJson(body);
  const counted = PicturesCountSchema.safeParse(json);
  if (counted.success) checkCount(counted.data.pictures.length, limits);
  const sent = ofSchema(json, PicturesBodySchema);
  const pictures = 'picture' in sent ? [{ name: '', data: sent.picture }] : sent.pictures;
  return pictures.map(({ name, data }) => ({ name, bytes: decodeBase64(data) }));
}
