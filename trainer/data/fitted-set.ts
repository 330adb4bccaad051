import { fitPicture, type PictureFit } from '../../exporter/contract/picture/preprocess.ts';
import { type DataSet, dataSet } from './data-set.ts';
import { type PictureSet, pictureAt } from './picture-set.ts';

/** The pictures of a set at another size, each fitted as the edge fits a picture: [N,height,width,3]. */
export function fittedSet(set: PictureSet, { height, width }: PictureFit): PictureSet {
  const size = height * width * 3;
  const pixels = new Uint8Array(set.count * size);
  for (let index = 0; index < set.count; index++) {
    pixels.set(fitPicture(pictureAt(set, index), { height, width }), index * size);
  }
  return { ...set, height, width, pixels };
}

/** A data set at the size that a network takes; itself where that is its own. */
export function fittedData(data: DataSet, { height, width }: PictureFit): DataSet {
  const { name, train, test, preprocessing } = data;
  if (preprocessing.height === height && preprocessing.width === width) return data;
  const fit = { height, width };
  const { mean, std } = preprocessing;
  return dataSet(name, fittedSet(train, fit), fittedSet(test, fit), { mean, std });
}
