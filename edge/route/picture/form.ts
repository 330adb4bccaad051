import { EdgeError } from '../edge-error.ts';
import type { NamedFile } from './decode-files.ts';
import { checkCount, type PictureLimits } from './picture-limits.ts';

/** @throws EdgeError MULTIPART_INVALID */
export async function readForm(body: Uint8Array, contentType: string): Promise<FormData> {
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

/** @throws EdgeError MULTIPART_INVALID where there is no file, TOO_MANY_PICTURES */
export async function filesOf(
  form: FormData,
  limits: Pick<PictureLimits, 'maxPictures'>,
): Promise<NamedFile[]> {
  const files = [...form].flatMap(([field, value]) =>
    value instanceof File ? [{ field, file: value }] : [],
  );
  if (files.length === 0) {
    throw new EdgeError(
      'MULTIPART_INVALID',
      'The form holds no file; send a picture as a part with a file name.',
    );
  }
  checkCount(files.length, limits);
  return Promise.all(
    files.map(async ({ field, file }) => ({
      name: file.name || field,
      bytes: new Uint8Array(await file.arrayBuffer()),
    })),
  );
}
