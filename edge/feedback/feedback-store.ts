import {
  type Feedback,
  type Outcome,
  OutcomeSchema,
  parseFeedback,
  serialiseFeedback,
} from '../../exporter/contract/feedback.ts';
import { objectKey } from '../../exporter/contract/object-key.ts';
import type { FeedbackSettings } from '../environment.ts';
import type { Background } from '../version/background.ts';
import { storageAnswer } from '../version/storage-answer.ts';
import { VersionError } from '../version/version-error.ts';
import { FeedbackError } from './feedback-error.ts';
import {
  deleteExpired,
  isExpired,
  listReports,
  type ReportEntry,
  type ReportIndex,
} from './report-index.ts';

export interface StoredFeedback {
  readonly feedback: Feedback;
  readonly etag: string;
}

/** How often a change is tried that others get in the way of. */
const ATTEMPTS = 4;

/**
 * The reports of mistakes in the bucket. A report is written once and settled once, each by R2's
 * conditional writes, so that doing either again, or at the same time elsewhere, changes nothing. The
 * bound on their number may be passed by as many as are written at the same moment.
 */
export class FeedbackStore {
  readonly #bucket: R2Bucket;
  readonly #model: string;
  readonly #settings: FeedbackSettings;

  constructor(bucket: R2Bucket, model: string, settings: FeedbackSettings) {
    this.#bucket = bucket;
    this.#model = model;
    this.#settings = settings;
  }

  /**
   * Keeps a report and its picture, unless a report of that id is kept already. Deletes what is too old
   * before, since the same mistake may be among it.
   * @throws FeedbackError FEEDBACK_FULL; VersionError STORAGE_FAILED
   */
  async add(
    feedback: Feedback,
    picture: { readonly bytes: Uint8Array; readonly type: string },
  ): Promise<{ readonly stored: Feedback; readonly created: boolean }> {
    const known = await this.find(feedback.id);
    if (known !== null) return { stored: known.feedback, created: false };
    const index = await this.#index();
    await storageAnswer(deleteExpired(this.#bucket, this.#model, index), 'deletion of reports');
    if (index.kept.length >= this.#settings.maxReports) {
      throw new FeedbackError(
        'FEEDBACK_FULL',
        `${index.kept.length} reports are kept already; its operator has to settle and delete some.`,
      );
    }
    const key = objectKey.feedbackPicture(this.#model, feedback.picture.sha256);
    const put = this.#bucket.put(key, picture.bytes, {
      httpMetadata: { contentType: picture.type },
    });
    await storageAnswer(put, 'picture');
    if (await this.#write(feedback, { etagDoesNotMatch: '*' })) {
      return { stored: feedback, created: true };
    }
    const other = await this.find(feedback.id);
    if (other !== null) return { stored: other.feedback, created: false };
    throw new VersionError('STORAGE_FAILED', `Report ${feedback.id} is being deleted; try again.`);
  }

  /** @throws VersionError STORAGE_FAILED; ContractError FEEDBACK_INVALID */
  async find(id: string): Promise<StoredFeedback | null> {
    const object = await storageAnswer(
      this.#bucket.get(objectKey.feedback(this.#model, id)),
      'report',
    );
    if (object === null) return null;
    const bytes = await storageAnswer(object.arrayBuffer(), 'report');
    const feedback = parseFeedback(new Uint8Array(bytes));
    return isExpired(feedback, this.#settings.retentionMs) ? null : { feedback, etag: object.etag };
  }

  /** @throws FeedbackError FEEDBACK_UNKNOWN; VersionError STORAGE_FAILED */
  async get(id: string): Promise<StoredFeedback> {
    const stored = await this.find(id);
    if (stored !== null) return stored;
    throw new FeedbackError('FEEDBACK_UNKNOWN', `There is no report ${id}, or no longer.`);
  }

  /**
   * The picture of a report.
   * @throws FeedbackError FEEDBACK_UNKNOWN; VersionError STORAGE_FAILED
   */
  async picture(id: string): Promise<R2ObjectBody> {
    const { feedback } = await this.get(id);
    const key = objectKey.feedbackPicture(this.#model, feedback.picture.sha256);
    const picture = await storageAnswer(this.#bucket.get(key), 'picture');
    if (picture !== null) return picture;
    throw new FeedbackError(
      'FEEDBACK_UNKNOWN',
      `The picture of report ${id} is not there any more.`,
    );
  }

  /**
   * All reports by id, without their contents. Has what is too old deleted in the background.
   * @throws VersionError STORAGE_FAILED
   */
  async entries(background: Background): Promise<readonly ReportEntry[]> {
    const index = await this.#index();
    background.waitUntil(deleteExpired(this.#bucket, this.#model, index).catch(() => {}));
    return index.kept;
  }

  /**
   * Says what became of a report. The same outcome again is no change.
   * @param expected the etag that the report must have; null where it must only be open
   * @throws FeedbackError FEEDBACK_UNKNOWN, OUTCOME_CONFLICT or PRECONDITION_FAILED; VersionError
   *   STORAGE_FAILED
   */
  async settle(id: string, outcome: Outcome, expected: string | null): Promise<StoredFeedback> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { feedback, etag } = await this.get(id);
      if (sameOutcome(feedback.outcome, outcome)) return { feedback, etag };
      if (expected !== null && etag !== expected) {
        throw new FeedbackError('PRECONDITION_FAILED', `Report ${id} has changed; read it again.`);
      }
      if (expected === null && feedback.outcome !== null) {
        throw new FeedbackError(
          'OUTCOME_CONFLICT',
          `Report ${id} is ${feedback.outcome.state} already; send If-Match to change that.`,
        );
      }
      const settled = { ...feedback, outcome };
      const written = await this.#write(settled, { etagMatches: etag });
      if (written) return { feedback: settled, etag: written.etag };
    }
    throw new FeedbackError('OUTCOME_CONFLICT', `Report ${id} is being changed; try again.`);
  }

  #index(): Promise<ReportIndex> {
    return listReports(this.#bucket, this.#model, this.#settings.retentionMs);
  }

  /** Null where the condition does not hold. */
  #write(feedback: Feedback, onlyIf: R2Conditional): Promise<R2Object | null> {
    const put = this.#bucket.put(
      objectKey.feedback(this.#model, feedback.id),
      serialiseFeedback(feedback),
      {
        onlyIf,
        httpMetadata: { contentType: 'application/json' },
        customMetadata: {
          state: feedback.outcome?.state ?? 'open',
          receivedAt: feedback.receivedAt,
          picture: feedback.picture.sha256,
        },
      },
    );
    return storageAnswer(put, 'report');
  }
}

function sameOutcome(left: Outcome | null, right: Outcome): boolean {
  return JSON.stringify(left) === JSON.stringify(OutcomeSchema.parse(right));
}
