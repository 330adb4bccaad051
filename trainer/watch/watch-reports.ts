import type { Outcome } from '../../exporter/contract/feedback.ts';
import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import type { Attempts } from './attempts.ts';
import { isEnvironmentFailure } from './environment-failure.ts';
import { groupReports, type MistakeGroup } from './mistake-group.ts';
import type { MistakeReport, ReportSource } from './report-source.ts';
import { rejected } from './settle-group.ts';

/** Times that a mistake is tried to be fixed before it is rejected. */
export const MOST_ATTEMPTS = 3;

/** What a reviewer says of a mistake. */
export type Review = 'fix' | 'reject' | 'skip';

export interface WatchRequest {
  readonly source: ReportSource;
  readonly network: TrainedNetwork;
  readonly attempts: Attempts;
  readonly review: (group: MistakeGroup) => Promise<Review>;
  /** Fixes and ships a mistake, or says why not; what it throws may go better another time. */
  readonly fix: (group: MistakeGroup) => Promise<Outcome>;
  /** Sees to it that nothing is left of a mistake that is given up; what became of it otherwise, or the reason. */
  readonly giveUp: (group: MistakeGroup, reason: string) => Promise<Outcome>;
  readonly say: (line: string) => void;
}

/**
 * Goes once through the open reports. Each is settled by itself, and one that fails, or that cannot be read
 * or settled just now, does not keep the next from its turn. Whoever was killed does it again: what was
 * settled is not open any more, and a fix that was made is found in the log.
 * @throws what the source throws where it does not answer, and what would keep every fix from being made; no
 *   report is charged with it
 */
export async function watchReports(request: WatchRequest): Promise<void> {
  const { source, network, review, say } = request;
  const { groups, poison, unread } = await groupReports(source, await source.open(), network);
  for (const { report, reason } of unread) say(`${report.id}: cannot be read now: ${reason}`);
  for (const { report, reason } of poison) await settle(request, report, rejected(reason));
  for (const group of groups) {
    const verdict = await review(group);
    if (verdict === 'skip') continue;
    const outcome =
      verdict === 'reject' ? rejected('The reviewer rejects it.') : await tryToFix(request, group);
    if (outcome === null) continue;
    await settle(request, group.report, outcome);
    for (const duplicate of group.duplicates) {
      await settle(request, duplicate, { state: 'duplicate', of: group.report.id });
    }
  }
  if (groups.length + poison.length + unread.length === 0)
    say(`No open report at ${source.description}.`);
}

/** The outcome, or null where it should be tried again. */
async function tryToFix(
  { attempts, fix, giveUp, say }: WatchRequest,
  group: MistakeGroup,
): Promise<Outcome | null> {
  const { id } = group.report;
  const attempt = await attempts.begin(id);
  if (attempt > MOST_ATTEMPTS) return giveUp(group, `It failed ${MOST_ATTEMPTS} times.`);
  try {
    const outcome = await fix(group);
    await attempts.end(id);
    return outcome;
  } catch (error) {
    if (isEnvironmentFailure(error)) {
      await attempts.forgive(id);
      throw error;
    }
    const { message } = error as Error;
    say(`${id}: attempt ${attempt} of ${MOST_ATTEMPTS} failed: ${message}`);
    return attempt < MOST_ATTEMPTS ? null : giveUp(group, `It failed ${attempt} times: ${message}`);
  }
}

async function settle(
  { source, attempts, say }: WatchRequest,
  report: MistakeReport,
  outcome: Outcome,
): Promise<void> {
  const what = describeOutcome(outcome);
  try {
    await source.settle(report, outcome);
  } catch (error) {
    say(
      `${report.id} (${report.label}): ${what}, which cannot be said now: ${(error as Error).message}`,
    );
    return;
  }
  await attempts.end(report.id);
  say(`${report.id} (${report.label}): ${what}`);
}

function describeOutcome(outcome: Outcome): string {
  if (outcome.state === 'fixed') return `fixed in version ${outcome.version} by ${outcome.fix}`;
  if (outcome.state === 'duplicate') return `the same as ${outcome.of}`;
  return `rejected: ${outcome.reason}`;
}
