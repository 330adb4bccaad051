import { fitPicture, normalise } from '../../exporter/contract/picture/preprocess.ts';
import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import { pictureDigest } from '../data/picture-digest.ts';
import { type PictureSet, pictureAt, subset } from '../data/picture-set.ts';
import { neighboursOf } from '../evaluation/neighbour/neighbour.ts';
import type { Patch } from '../patch/patch.ts';
import { drawPictures, SEED } from './draw-pictures.ts';
import { fixedPictures } from './fixed-pictures.ts';

/** A fix, and where its pictures lie among a probe's images. */
export interface ProbedFix {
  readonly patch: string;
  readonly label: number;
  readonly picture: number;
  /** Whether the network before the conversion may have lost it; see `FixedPicture`. */
  readonly contested: boolean;
  /** None of an older fix, or of one that the parent has. */
  readonly neighbours: readonly number[];
}

/**
 * What a converted network is held against: the patched pictures, neighbours of them and control pictures,
 * with the answers of the network before the conversion.
 */
export interface ConversionProbe {
  readonly fixes: readonly ProbedFix[];
  readonly control: PictureSet;
  /** [count,3,H,W]: the fixes' pictures, then the control set. */
  readonly images: Float32Array;
  readonly count: number;
  /** [count], of each one's pixels: `pictureDigest`. */
  readonly digests: readonly string[];
  /** Where the control set begins. */
  readonly controlStart: number;
}

/**
 * The probe of a version.
 * @param control pictures to draw from, labelled as the network's
 * @param pictures how many to draw, all where there are no more
 * @param fresh the patches that the parent has not, whose neighbours alone are looked at; all without it
 */
export function conversionProbe(
  { dataSet }: TrainedNetwork,
  patches: readonly Patch[],
  control: PictureSet,
  pictures: number,
  fresh: ReadonlySet<string> | null = null,
): ConversionProbe {
  const drawn = drawPictures(control, pictures);
  const rows: Uint8Array[] = [];
  const add = ({ pixels }: { pixels: Uint8Array }) => rows.push(pixels) - 1;
  const { height, width } = dataSet.preprocessing;
  const fixes = fixedPictures(patches).map(({ patch, label, recent, contested, ...given }) => {
    const pixels = fitPicture(given.picture, dataSet.preprocessing);
    const picture = { height, width, pixels };
    const unseen = fresh === null || fresh.has(patch);
    const neighbours = recent && unseen ? neighboursOf(picture, SEED) : [];
    return {
      patch,
      label,
      contested,
      picture: add(picture),
      neighbours: neighbours.map((neighbour) => add(neighbour.picture)),
    };
  });
  for (let index = 0; index < drawn.count; index++) add(pictureAt(drawn, index));
  const pixels = Buffer.concat(rows);
  return {
    fixes,
    control: drawn,
    images: normalise(pixels, dataSet.preprocessing),
    count: rows.length,
    digests: rows.map(pictureDigest),
    controlStart: rows.length - drawn.count,
  };
}

/** A probe with the first so many of its control pictures. */
export function withControls(probe: ConversionProbe, pictures: number): ConversionProbe {
  const kept = Math.min(pictures, probe.control.count);
  const count = probe.controlStart + kept;
  return {
    ...probe,
    control: subset(
      probe.control,
      Uint32Array.from({ length: kept }, (_, index) => index),
    ),
    images: probe.images.subarray(0, (count * probe.images.length) / probe.count),
    count,
    digests: probe.digests.slice(0, count),
  };
}
