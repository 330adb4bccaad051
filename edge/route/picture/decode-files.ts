import { PictureError } from '../../../exporter/contract/picture/picture-error.ts';
import type { PictureFit } from '../../../exporter/contract/picture/preprocess.ts';
import { decode } from '../../picture/decode.ts';
import type { ModelInput } from '../../version/model-input.ts';
import { fitted } from './picture-fit.ts';

export interface NamedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Decodes files one after the other, within a bound of pixels over all, and fits each before the next.
 * @param fit the size that they are wanted in; null for their own
 * @throws PictureError naming the file, where there are several
 */
export async function decodeFiles(
  files: readonly NamedFile[],
  maxPixels: number,
  fit: PictureFit | null,
): Promise<ModelInput[]> {
  const pictures: ModelInput[] = [];
  let pixelsLeft = maxPixels;
  for (const { name, bytes } of files) {
    try {
      const picture = await decode(bytes, { maxPixels: pixelsLeft });
      pixelsLeft -= picture.width * picture.height;
      pictures.push(fit ? fitted(picture, fit) : picture);
    } catch (error) {
      throw files.length > 1 && error instanceof PictureError
        ? new PictureError(error.code, `${name}: ${error.message}`, { cause: error })
        : error;
    }
  }
  return pictures;
}
