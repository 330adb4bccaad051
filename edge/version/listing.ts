import { storageAnswer } from './storage-answer.ts';

/**
 * The objects of a listing by their keys, however many calls it takes: R2 gives a thousand at a time, or
 * fewer.
 * @throws VersionError STORAGE_FAILED
 */
export async function* listing(
  bucket: R2Bucket,
  { startAfter, ...options }: R2ListOptions,
  what: string,
): AsyncGenerator<R2Object> {
  let page = await storageAnswer(
    bucket.list(startAfter === undefined ? options : { ...options, startAfter }),
    what,
  );
  yield* page.objects;
  while (page.truncated) {
    page = await storageAnswer(bucket.list({ ...options, cursor: page.cursor }), what);
    yield* page.objects;
  }
}
