import type { Manifest } from '../../exporter/contract/manifest.ts';
import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import type { ControlActivations } from '../control/control-activations.ts';
import { packageFiles } from './package-files.ts';

export interface PackageCardContent {
  readonly network: TrainedNetwork;
  /** Of its weights. */
  readonly digest: string;
  /** Share of the test pictures that it gets right. */
  readonly accuracy: number;
  readonly control: ControlActivations;
  /** Of version 1. */
  readonly manifest: Manifest;
  /** That control pictures were drawn by. */
  readonly seed: number;
}

/** Where data sets come from, and on what terms, for those that have an author. */
const SOURCES: Readonly<Record<string, string>> = {
  cifar10:
    'CIFAR-10: Alex Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009, https://www.cs.toronto.edu/~kriz/cifar.html. Its pictures were collected from the web, and it states no licence; no picture of it is in this folder.',
};

/** The model card of a packaged network, as Markdown. */
export function packageCard(content: PackageCardContent): string {
  const { network, digest, accuracy, control, manifest, seed } = content;
  const { architecture, dataSet, training } = network;
  const { name, width, stem } = architecture;
  const { height, width: across } = dataSet.preprocessing;
  const [form] = manifest.forms;
  const fidelity = form?.fidelity;
  const files = packageFiles('');
  const parts = control.parts.map(({ kind, count }) => `${count} ${kind}`).join(' and ');
  return `${[
    `# ${name}, width ${width}, ${dataSet.name}`,
    `An image classifier for ${dataSet.labelNames.length} classes (${dataSet.labelNames.join(', ')}), ${across} x ${height} pixels, ${stem} stem. ${editable(network)} It is meant for showing and testing Patchwork, not for decisions about anything.`,
    '## Figures',
    [
      `- ${percent(accuracy)} of the ${dataSet.name} test pictures right, in half-precision weights`,
      ...(form && fidelity?.accuracy
        ? [
            `- as ${form.precision}: ${percent(fidelity.agreement)} of the same answers on ${fidelity.pictures} test pictures, accuracy there ${percent(fidelity.accuracy.reference)} -> ${percent(fidelity.accuracy.converted)}`,
          ]
        : []),
    ].join('\n'),
    'How well it can be edited: `patchwork evaluate`, and docs/results.md.',
    '## Files',
    [
      `- \`${files.checkpoint}\`: the weights under torchvision's names, F16 where they have more than one dimension; SHA-256 of the weights ${digest}`,
      `- \`${files.control}\`: control activations, ${parts} test pictures of ${dataSet.name} as ${control.stage} takes them, [${control.activations.shape.join(', ')}] in F16. They are computed by this network from pictures drawn by seed ${seed}; their numbers and digests are in the metadata, the pictures are not; and the second moment of what the head takes of training pictures, by which preconditioned edits go`,
      `- \`${files.artifact}/\`: version 1 as ${form?.precision} for onnxruntime, which \`patchwork publish\` takes`,
    ].join('\n'),
    '## Where it comes from',
    [
      `- Trained by \`patchwork train\`: seed ${training.seed}, ${training.epoch} epochs and ${training.step} updates in its last run, options ${training.optionsFingerprint.slice(0, 12)}`,
      `- Data: ${SOURCES[dataSet.name] ?? dataSet.name} Fingerprint ${dataSet.fingerprint}.`,
      '- This folder was made by `patchwork package`',
    ].join('\n'),
    '## Licence',
    'The weights and the activations are numbers computed from the data by this project, under its licence (MIT). Whoever uses them with the data set keeps to its terms.',
  ].join('\n\n')}\n`;
}

function editable({ editing }: TrainedNetwork): string {
  if (!editing) return 'It was trained ordinarily.';
  const { editor, coefficients, steps, margin, stages } = editing;
  const values = Object.entries(coefficients).map(
    ([name, value]) => `${name} ${value.toPrecision(3)}`,
  );
  return `It was trained to be edited (Sinitsin et al. 2020, arXiv 2004.00345): by ${editor} (${values.join(', ')}) in ${steps} steps of ${stages.join(', ')}, by a margin of ${margin} nats.`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
