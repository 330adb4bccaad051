import { Command, Option } from 'commander';
import { ROLLOUT_DEFAULTS } from '../../exporter/registry/defaults.ts';
import { finishRollout, stopRollout } from '../../exporter/registry/end-rollout.ts';
import type { ObjectStore } from '../../exporter/registry/object-store.ts';
import { type RolloutSettings, rollOut } from '../../exporter/registry/rollout.ts';
import { readService } from '../../exporter/registry/rollout-state.ts';
import { resolveSigner, type Signer } from '../../exporter/signing/signer.ts';
import { describeService } from '../export/describe-rollout.ts';
import { type KeyOption, type TrustOption, withKeyOption, withTrustOption } from './key-option.ts';
import { share, wholeNumber } from './option.ts';
import {
  type ChannelOption,
  type ModelOption,
  type RegistryOption,
  withChannelOption,
  withModelOption,
  withRegistryOption,
  withStore,
} from './registry-option.ts';

interface RolloutOptions
  extends Partial<RolloutSettings>,
    ModelOption,
    ChannelOption,
    RegistryOption,
    KeyOption,
    TrustOption {
  readonly finish: boolean;
  readonly stop: boolean;
}

/** The names that commander gives to the options of a trial. */
const SETTINGS = ['mode', 'share', 'maxErrorRate', 'maxDisagreement', 'minRequests'];

export function rolloutCommand(): Command {
  const command = new Command('rollout')
    .description(
      'Try a published version on a part of the clients, change or end that; alone, say how it stands.',
    )
    .argument(
      '[version]',
      'its number; with --finish or --stop only where it is the one on trial',
      wholeNumber(1),
    )
    .addOption(
      setting('--mode <mode>', 'canary answers by it, shadow only compares', 'mode').choices([
        'canary',
        'shadow',
      ]),
    )
    .addOption(
      setting(
        '--share <number>',
        'part of the clients, or of the requests to shadow',
        'share',
        share,
      ),
    )
    .addOption(
      setting(
        '--max-error-rate <number>',
        'halt it above this part of failed requests',
        'maxErrorRate',
        share,
      ),
    )
    .addOption(
      setting(
        '--max-disagreement <number>',
        'halt it above this part of other answers',
        'maxDisagreement',
        share,
      ),
    )
    .addOption(
      setting(
        '--min-requests <count>',
        'requests to an isolate before that is judged',
        'minRequests',
        wholeNumber(1),
      ),
    )
    .addOption(
      new Option('--finish', 'serve it to everybody')
        .default(false)
        .conflicts(['stop', ...SETTINGS]),
    )
    .addOption(
      new Option('--stop', 'end the trial; what is served stays')
        .default(false)
        .conflicts(SETTINGS),
    );
  withModelOption(command);
  withChannelOption(command);
  withRegistryOption(command);
  withKeyOption(command);
  return withTrustOption(command)
    .addHelpText(
      'after',
      '\nExample:\n  patchwork rollout 2 --share 0.1\n  patchwork rollout 2 --share 0.5\n  patchwork rollout 2 --finish',
    )
    .action(run);
}

/** An option that stays as it is in a running trial where it is not given. */
function setting<Name extends keyof RolloutSettings>(
  flags: string,
  what: string,
  name: Name,
  parse?: (text: string) => RolloutSettings[Name],
): Option {
  const option = new Option(
    flags,
    `${what} (default: as it is, at first ${ROLLOUT_DEFAULTS[name]})`,
  );
  return parse ? option.argParser(parse) : option;
}

async function run(version: number | undefined, options: RolloutOptions): Promise<void> {
  const signer = await resolveSigner(options);
  await withStore(options.registry, async (store) => {
    for (const line of await change(store, version, options, signer)) console.log(line);
  });
}

/** Does what the options say. @returns what there is to be told */
async function change(
  store: ObjectStore,
  version: number | undefined,
  options: RolloutOptions,
  signer: Signer,
): Promise<string[]> {
  const { model, channel, finish, stop } = options;
  const request = { model, channel, version, signer };
  if (finish) {
    const { from, to } = await finishRollout(store, request);
    return [`Channel "${channel}" serves version ${to} of ${model}, before version ${from}.`];
  }
  if (stop) {
    const { serves, tried } = await stopRollout(store, request);
    return [
      `Channel "${channel}" serves version ${serves} of ${model} alone; the trial of version ${tried.version} is over.`,
    ];
  }
  const { mode, share, maxErrorRate, maxDisagreement, minRequests } = options;
  const settings = { mode, share, maxErrorRate, maxDisagreement, minRequests };
  const asked =
    version !== undefined || Object.values(settings).some((value) => value !== undefined);
  if (asked) await rollOut(store, { ...request, settings });
  return describeService(options, await readService(store, request));
}
