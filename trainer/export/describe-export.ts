import type { ExportedVersion } from './export-version.ts';

/** What was exported and how it was checked, in one line for people. */
export function describeExport({ artifact, check }: ExportedVersion): string {
  const { model, version, forms, golden } = artifact.manifest;
  const written = forms.map(
    ({ precision, storage, graph }) =>
      `${precision} ${storage}, opset ${graph.opset}, ${graph.nodes} nodes, ${(graph.bytes / 1e6).toFixed(2)} MB`,
  );
  return `Version ${version} of ${model}: ${written.join('; ')}; logits within ${check.maxDifference.toExponential(1)} of the engine's on ${check.images} images, ${golden.length} golden pictures.`;
}
