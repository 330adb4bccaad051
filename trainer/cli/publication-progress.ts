import type { StoreObserver } from '../../exporter/registry/store-version.ts';
import { type Progress, progress } from './progress.ts';

/** Says how far the upload of a version is, in megabytes. */
export function publicationProgress(): {
  readonly observe: StoreObserver;
  readonly end: () => void;
} {
  let shown: Progress | undefined;
  const megabytes = (bytes: number) => Number((bytes / 1e6).toFixed(2));
  return {
    observe(done, total) {
      shown ??= progress(megabytes(total), 'MB');
      shown.update(megabytes(done));
    },
    end: () => shown?.end(),
  };
}
