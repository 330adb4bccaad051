import { PictureError } from '../../exporter/contract/picture/picture-error.ts';
import type { RgbPicture } from '../../exporter/contract/picture/rgb-picture.ts';
import { decode } from '../picture/decode.ts';
import { EdgeError } from './edge-error.ts';
import { readBody } from './read-body.ts';

export interface PictureLimits {
  readonly maxBodyBytes: number;
  /** Over all pictures of a request. */
  readonly maxPixels: number;
  readonly maxPictures: number;
}

export interface NamedPicture {
  readonly name: string;
  readonly picture: RgbPicture;
}

interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const FORM = 'multipart/form-data';
const RAW = ['image/png', 'image/jpeg', 'image/webp', 'application/octet-stream'];
/** What curl says of `--data-binary` unless it is told better. */
const UNTOLD = 'application/x-www-form-urlencoded';

/**
 * The decoded pictures of a request: its body, or the files of its form, named by their file names.
 * The bytes tell the format of a picture, whichever of the media types is stated.
 * @throws EdgeError MEDIA_TYPE_UNSUPPORTED, BODY_EMPTY, BODY_TOO_LARGE, MULTIPART_INVALID or
 *   TOO_MANY_PICTURES; PictureError
 */
export async function readPictures(
  request: Request,
  limits: PictureLimits,
): Promise<NamedPicture[]> {
  const contentType = request.headers.get('content-type');
  const mediaType = contentType?.split(';')[0]?.trim().toLowerCase() ?? 'application/octet-stream';
  if (![FORM, UNTOLD, ...RAW].includes(mediaType)) {
    const taken = [...RAW, FORM].join(', ');
    throw new EdgeError(
      'MEDIA_TYPE_UNSUPPORTED',
      `A body of ${JSON.stringify(mediaType)} is not taken; send ${taken}.`,
      { headers: { accept: taken } },
    );
  }
  const body = await readBody(request, limits.maxBodyBytes);
  if (mediaType !== FORM) return decodeAll([{ name: '', bytes: body }], limits.maxPixels);
  return decodeAll(await filesOf(body, contentType ?? '', limits.maxPictures), limits.maxPixels);
}

async function filesOf(
  body: Uint8Array,
  contentType: string,
  maxPictures: number,
): Promise<NamedBytes[]> {
  const files = [...(await parseForm(body, contentType))].flatMap(([field, value]) =>
    value instanceof File ? [{ field, file: value }] : [],
  );
  if (files.length === 0) {
    throw new EdgeError(
      'MULTIPART_INVALID',
      'The form holds no file; send a picture as a part with a file name.',
    );
  }
  if (files.length > maxPictures) {
    throw new EdgeError(
      'TOO_MANY_PICTURES',
      `The form holds ${files.length} pictures, of which at most ${maxPictures} are taken.`,
    );
  }
  return Promise.all(
    files.map(async ({ field, file }) => ({
      name: file.name || field,
      bytes: new Uint8Array(await file.arrayBuffer()),
    })),
  );
}

async function parseForm(body: Uint8Array, contentType: string): Promise<FormData> {
  try {
    return await new Response(body, { headers: { 'content-type': contentType } }).formData();
  } catch (cause) {
    throw new EdgeError(
      'MULTIPART_INVALID',
      'The body is not a multipart form of its stated boundary; let your client set Content-Type.',
      { cause },
    );
  }
}

async function decodeAll(files: readonly NamedBytes[], maxPixels: number): Promise<NamedPicture[]> {
  const pictures: NamedPicture[] = [];
  let pixelsLeft = maxPixels;
  for (const { name, bytes } of files) {
    try {
      const picture = await decode(bytes, { maxPixels: pixelsLeft });
      pixelsLeft -= picture.width * picture.height;
      pictures.push({ name, picture });
    } catch (error) {
      throw files.length > 1 && error instanceof PictureError
        ? new PictureError(error.code, `${name}: ${error.message}`, { cause: error })
        : error;
    }
  }
  return pictures;
}
