import { encode } from 'fast-png';
import { type PictureSet, pictureAt } from '../../data/picture-set.ts';
import type { HtmlReportOptions } from './html-report.ts';

/**
 * Gives reports the pictures that were edited, as PNG data URIs. Adversarial examples show as the pictures
 * that they were made from.
 * @param natural what the natural protocol drew from
 */
export function editedPictures(
  test: PictureSet,
  natural: PictureSet | null,
): NonNullable<HtmlReportOptions['pictureOf']> {
  return ({ experiment }, { picture }) => {
    const set = experiment.protocol === 'natural' ? natural! : test;
    const { width, height, pixels } = pictureAt(set, picture);
    const png = encode({ width, height, data: pixels, channels: 3, depth: 8 });
    return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
  };
}
