import { type PictureSet, pictureAt } from '../../data/picture-set.ts';
import type { HtmlReportOptions } from './html-report.ts';
import { pictureDataUri } from './picture-data-uri.ts';

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
    return pictureDataUri(pictureAt(set, picture));
  };
}
