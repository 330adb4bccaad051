import { formName } from '../../exporter/format/form-kind.ts';
import type { ExportedVersion } from './export-version.ts';
import type { ConvertedForm } from './form-checker.ts';

/** What was exported and how it was checked, in lines for people: one for the version, one for each form. */
export function describeExport({ artifact, check, forms, leftOut }: ExportedVersion): string[] {
  const { model, version, golden } = artifact.manifest;
  return [
    `Version ${version} of ${model}: logits within ${check.maxDifference.toExponential(1)} of the engine's on ${check.images} images, ${golden.length} golden pictures.`,
    ...forms.map(describeForm),
    ...leftOut.map(({ form, reason }) => `  ${formName(form)} left out: ${reason}`),
  ];
}

function describeForm({ content, report }: ConvertedForm): string {
  const { graph, weights, heap } = content;
  const { damage, changedAnswers, neighbours, leastConfidence } = report;
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`;
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  const parts = [
    `opset ${graph.opset}, ${graph.nodes} nodes, ${megabytes(graph.bytes.length)}`,
    ...(weights ? [`weights ${megabytes(weights.length)}`] : []),
    ...(leastConfidence === null
      ? []
      : [
          `fixes hold by ${percent(leastConfidence)}, ${neighbours.after} neighbours have the label after ${neighbours.before}`,
        ]),
    `${changedAnswers} of ${damage.pictures} control answers changed, error ${percent(damage.errorBefore)} -> ${percent(damage.errorAfter)}`,
    ...(heap
      ? [
          `heap ${megabytes(heap.alone)}${heap.besideParent === null ? '' : `, beside its parent ${megabytes(heap.besideParent)}`}`,
        ]
      : []),
  ];
  return `  ${formName(content)}: ${parts.join('; ')}.`;
}
