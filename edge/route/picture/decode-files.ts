import { PictureError } from '../../../exporter/contract/picture/picture-error.ts';
import { decode } from '../../picture/decode.ts';
import type { ModelInput } from '../../version/model-input.ts';

export interface NamedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What a version is asked about, by the name that the answer gives it. */
export interface NamedInput {
  readonly name: string;
  readonly input: ModelInput;
  /** The picture file; null where numbers were sent. */
  readonly file: Uint8Array | null;
}

/**
 * Decodes files one after the other, within a bound of pixels over all.
 * @throws PictureError naming the file, where there are several
 */
export async function decodeFiles(
  files: readonly NamedFile[],
  maxPixels: number,
): Promise<NamedInput[]> {
  const pictures: NamedInput[] = [];
  let pixelsLeft = maxPixels;
  for (const { name, bytes } of files) {
    try {
      const picture = await decode(bytes, { maxPixels: pixelsLeft });
      pixelsLeft -= picture.width * picture.height;
      pictures.push({ name, input: picture, file: bytes });
    } catch (error) {
      throw files.length > 1 && error instanceof PictureError
        ? new PictureError(error.code, `${name}: ${error.message}`, { cause: error })
        : error;
    }
  }
  return pictures;
}
