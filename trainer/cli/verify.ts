import { Command } from 'commander';
import { importPublicKey, type TrustedKey } from '../../exporter/contract/signature.ts';
import { RegistryError } from '../../exporter/registry/registry-error.ts';
import { verifyRegistry } from '../../exporter/registry/verify.ts';
import { listKeys } from '../../exporter/signing/key-folder.ts';
import { resolveSigner } from '../../exporter/signing/signer.ts';
import { type TrustOption, withTrustOption } from './key-option.ts';
import { wholeNumber } from './option.ts';
import { type Progress, progress } from './progress.ts';
import {
  type ModelOption,
  type RegistryOption,
  withRegistryOption,
  withStore,
} from './registry-option.ts';

type VerifyOptions = Partial<ModelOption> & RegistryOption & TrustOption;

export function verifyCommand(): Command {
  const command = new Command('verify')
    .description('Check the digests, signatures and lineage of a whole registry or of one version.')
    .argument('[version]', 'this version only', wholeNumber(1))
    .option('--model <name>', 'this model only; needed with a version');
  withRegistryOption(command);
  return withTrustOption(command)
    .addHelpText('after', '\nExample:\n  patchwork verify 2 --model resnet18')
    .action(run);
}

async function run(version: number | undefined, options: VerifyOptions): Promise<void> {
  const { registry, model } = options;
  if (version !== undefined && model === undefined) {
    throw new RegistryError('NAME_INVALID', `Version ${version} of which model? Name it: --model.`);
  }
  const trusted = await trustedKeys(options);
  let shown: Progress | undefined;
  const observe = (done: number, total: number) => {
    shown ??= progress(total, 'versions');
    shown.update(done);
  };
  const { versions, channels, parts, faults } = await withStore(registry, (store) =>
    verifyRegistry(store, {
      ...(model === undefined ? {} : { model }),
      ...(version === undefined ? {} : { version }),
      trusted,
      observe,
    }),
  );
  shown?.end();
  for (const { model, subject, code, message } of faults) {
    console.log(`${model}, ${subject}: ${code}: ${message}`);
  }
  const signatures =
    trusted.length > 0
      ? `signatures by ${trusted.map(({ keyId }) => keyId).join(', ')}`
      : 'no signatures, since no key is trusted';
  const checked = `${versions} versions, ${channels} channels, ${parts} parts, ${signatures}`;
  if (faults.length > 0) {
    throw new RegistryError('REGISTRY_FAULTY', `${faults.length} faults in ${checked}; see above.`);
  }
  console.log(`Checked ${checked}; all is as it should be.`);
}

/** The keys that are named, else one's own. */
async function trustedKeys({ trust }: TrustOption): Promise<readonly TrustedKey[]> {
  const { trusted } = await resolveSigner({ trust });
  if (trusted.length > 0) return trusted;
  return Promise.all((await listKeys()).map(({ publicKey }) => importPublicKey(publicKey)));
}
