import type { ListedTrial } from '../../exporter/registry/list.ts';
import type { ChannelService } from '../../exporter/registry/rollout-state.ts';

/** The channels that try a version, each such as `, tried by live (canary 10 %, halted: errors)`. */
export function describeTrials(trials: readonly ListedTrial[]): string {
  return trials
    .map(({ channel, rollout, halt }) => {
      const halted = halt ? `, halted: ${halt.reason}` : '';
      return `, tried by ${channel} (${rollout.mode} ${percent(rollout.share)}${halted})`;
    })
    .join('');
}

/** Which version's trial a move of a channel ended, if any, in lines for people. */
export function describeEndedTrial(version: number | null): string[] {
  return version === null ? [] : [`The trial of version ${version} is over.`];
}

/** What a channel serves and tries, in lines for people. */
export function describeService(
  { model, channel }: { readonly model: string; readonly channel: string },
  { serves, trial }: ChannelService,
): string[] {
  const serving = `Channel "${channel}" serves version ${serves} of ${model}`;
  if (trial === null) return [`${serving} alone.`];
  const { rollout, halt } = trial;
  if (halt) {
    return [
      `${serving} alone: the trial of version ${rollout.version} (${rollout.mode} ${percent(rollout.share)}) was halted, ${HALTED[halt.reason]}.`,
      `Until then ${halt.requests} requests, of which ${percent(halt.errorRate)} failed; ${percent(halt.disagreement)} of the answers differed.`,
    ];
  }
  const { mode, version, share, maxErrorRate, maxDisagreement, minRequests } = rollout;
  return [
    mode === 'canary'
      ? `${serving}, and version ${version} to ${percent(share)} of the clients.`
      : `${serving}; version ${version} runs beside it on ${percent(share)} of the requests.`,
    `The trial is halted where more than ${percent(maxErrorRate)} of its requests fail or more than ${percent(maxDisagreement)} of its answers differ, after ${minRequests} requests to an isolate or more.`,
  ];
}

const HALTED = {
  errors: 'since too many of its requests failed',
  disagreement: 'since too many of its answers differed',
  load: 'since it did not pass its checks where it was loaded',
} as const;

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}
