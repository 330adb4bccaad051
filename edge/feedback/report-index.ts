import { z } from 'zod';
import { objectKey } from '../../exporter/contract/object-key.ts';
import { listing } from '../version/listing.ts';
import { STATES, type State } from './report-state.ts';

/** What a listing tells of a report without reading it; R2 keeps it beside the object. */
export const ReportMetadataSchema = z.object({
  state: z.enum(STATES),
  receivedAt: z.iso.datetime(),
  picture: z.string(),
});

export interface ReportEntry {
  readonly id: string;
  readonly state: State;
  readonly receivedAt: string;
  /** SHA-256 of the picture. */
  readonly picture: string;
}

/** What of them is too old to be kept, and what is not. */
export interface ReportIndex {
  readonly kept: readonly ReportEntry[];
  readonly expired: readonly ReportEntry[];
}

/** A picture younger than this may belong to a report that is being written. */
const WRITING_MS = 60 * 60 * 1000;

/** How many keys R2 deletes at a time. */
const MOST_DELETED = 1000;

/**
 * All reports of a model by id.
 * @throws VersionError STORAGE_FAILED
 */
export async function listReports(
  bucket: R2Bucket,
  model: string,
  retentionMs: number,
): Promise<ReportIndex> {
  const prefix = objectKey.feedbackPrefix(model);
  const options: R2ListOptions = { prefix, include: ['customMetadata'] };
  const entries: ReportEntry[] = [];
  for await (const { key, customMetadata } of listing(bucket, options, 'list of reports')) {
    const metadata = ReportMetadataSchema.safeParse(customMetadata);
    if (!metadata.success) continue;
    entries.push({ id: key.slice(prefix.length, -'.json'.length), ...metadata.data });
  }
  return {
    kept: entries.filter((entry) => !isExpired(entry, retentionMs)),
    expired: entries.filter((entry) => isExpired(entry, retentionMs)),
  };
}

export function isExpired({ receivedAt }: { receivedAt: string }, retentionMs: number): boolean {
  return Date.parse(receivedAt) < Date.now() - retentionMs;
}

/** Deletes what is too old, and the pictures that no other report is of. */
export async function deleteExpired(
  bucket: R2Bucket,
  model: string,
  { kept, expired }: ReportIndex,
): Promise<void> {
  if (expired.length === 0) return;
  const needed = new Set(kept.map(({ picture }) => picture));
  const pictures = [...new Set(expired.map(({ picture }) => picture))].filter(
    (picture) => !needed.has(picture),
  );
  const keys = expired.map(({ id }) => objectKey.feedback(model, id));
  for (let from = 0; from < keys.length; from += MOST_DELETED) {
    await bucket.delete(keys.slice(from, from + MOST_DELETED));
  }
  for (const picture of pictures) {
    const key = objectKey.feedbackPicture(model, picture);
    const uploaded = (await bucket.head(key))?.uploaded.getTime() ?? Number.POSITIVE_INFINITY;
    if (uploaded < Date.now() - WRITING_MS) await bucket.delete(key);
  }
}
