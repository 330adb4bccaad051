import { cardMarkdown } from '../../exporter/contract/card-markdown.ts';
import { RegistryError } from '../../exporter/registry/registry-error.ts';
import type { ShownVersion } from '../../exporter/registry/show.ts';
import { describeTrials } from './describe-rollout.ts';

/**
 * The model card of a published version.
 * @throws RegistryError CARD_MISSING
 */
export function versionMarkdown({ card, manifest: { model, version } }: ShownVersion): string {
  if (card) return cardMarkdown(card).trimEnd();
  throw new RegistryError(
    'CARD_MISSING',
    `Version ${version} of ${model} was published without a model card.`,
  );
}

/** What a published version is, in lines for people. */
export function describeVersion({
  manifest,
  manifestSha256,
  channels,
  trials,
  ancestors,
  card,
}: ShownVersion): string[] {
  const { model, version, fixes, forms, signature } = manifest;
  const served = channels.length > 0 ? `served by ${channels.join(', ')}` : 'served by no channel';
  return [
    `Version ${version} of ${model}, ${served}${describeTrials(trials)}.`,
    `Manifest ${manifestSha256}, ${signature ? `signed by ${signature.keyId}` : 'not signed'}.`,
    ancestors.length > 0
      ? `Derives from version ${ancestors.join(', ')}.`
      : 'Derives from no other.',
    ...fixes.map(
      ({ id, label, drawdown, negativeFlips, controlPictures }) =>
        `Fix ${id} to "${label}": drawdown ${(100 * drawdown).toFixed(3)} pp, ${negativeFlips} newly wrong of ${controlPictures}.`,
    ),
    ...forms.map(
      ({ precision, storage, graph, weights }) =>
        `Form ${precision} ${storage}: ${((graph.bytes + (weights?.bytes ?? 0)) / 1e6).toFixed(2)} MB, ${graph.nodes} nodes.`,
    ),
    card ? 'Its model card: --card.' : 'No model card.',
  ];
}
