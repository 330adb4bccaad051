import { fitPicture, type PictureFit } from '../../../exporter/contract/picture/preprocess.ts';
import type { ModelInput } from '../../version/model-input.ts';
import type { VersionSwitch } from '../../version/version-switch.ts';

/** The size that pictures are fitted to, and a version that takes it. */
export interface Fit extends PictureFit {
  readonly version: number;
}

/**
 * The size of all versions that may answer a request at this moment, or be compared over it.
 * @param pin the version that must answer; null for the one that serves, or a candidate
 * @returns null where they are of several sizes, or none is loaded
 */
export function fitOf(versions: VersionSwitch, pin: number | null): Fit | null {
  const { current, trial, loaded } = versions;
  const candidate = trial?.state === 'running' ? trial.version : null;
  const answering = loaded.filter((each) => {
    const { version } = each.stored.manifest;
    return pin === null ? each === current || version === candidate : version === pin;
  });
  const fits = answering.map(({ stored: { manifest } }) => {
    const { height, width } = manifest.preprocessing;
    return { version: manifest.version, height, width };
  });
  const first = fits.find(({ version }) => version !== candidate) ?? fits[0] ?? null;
  return fits.every((fit) => sameSize(fit, first)) ? first : null;
}

export function sameSize(left: PictureFit | null, right: PictureFit | null): boolean {
  return left?.height === right?.height && left?.width === right?.width;
}

/** A picture of that size, of the very bytes that a version of it makes of the picture; numbers as they are. */
export function fitted(input: ModelInput, fit: PictureFit): ModelInput {
  if (!('pixels' in input)) return input;
  const { height, width } = fit;
  return { height, width, pixels: fitPicture(input, fit) };
}
