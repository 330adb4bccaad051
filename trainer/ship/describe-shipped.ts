import { describeEndedTrial } from '../export/describe-rollout.ts';
import type { FixRecord } from '../fix/fix-record.ts';
import type { Shipped } from './ship-log.ts';

/** What of a fix's time is its gate: measuring it on what it must not break. */
const GATE_STAGES = ['control pictures', 'gate'];

/**
 * What was shipped, for people.
 * @param record of the fix that was made just before, if any
 * @param seconds since the command began
 */
export function describeShipped(
  { version, fixes, endedTrial, stages }: Shipped,
  record: FixRecord | null,
  seconds: number,
): string[] {
  if (stages.length === 0) return [`Version ${version} serves all fixes of the log already.`];
  const gate = sum(record?.stages.filter(({ stage }) => GATE_STAGES.includes(stage)) ?? []);
  const all = [
    ...(record
      ? [
          { stage: 'edit', seconds: sum(record.stages) - gate },
          { stage: 'gate', seconds: gate },
        ]
      : []),
    ...stages,
  ];
  const parts = [...all, { stage: 'start and data', seconds: seconds - sum(all) }];
  const times = parts.map((each) => `${each.stage} ${each.seconds.toFixed(1)}`).join(', ');
  return [
    `Version ${version} is live with ${fixes.length === 1 ? 'fix' : 'fixes'} ${fixes.join(', ') || 'taken back'}.`,
    ...describeEndedTrial(endedTrial),
    `Time to live: ${seconds.toFixed(1)} s (${times}).`,
  ];
}

function sum(stages: readonly { readonly seconds: number }[]): number {
  return stages.reduce((total, { seconds }) => total + seconds, 0);
}
