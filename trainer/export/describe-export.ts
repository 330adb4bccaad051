import type { ExportedVersion } from './export-version.ts';

/** What was exported and how it was checked, in one line for people. */
export function describeExport({ artifact, check }: ExportedVersion): string {
  const { model, version, graph, golden } = artifact.manifest;
  const size = (graph.bytes / 1e6).toFixed(2);
  return `Version ${version} of ${model}: ONNX opset ${graph.opset}, ${graph.nodes} nodes, ${size} MB; logits within ${check.maxDifference.toExponential(1)} of the engine's on ${check.images} images, ${golden.vectors.length} golden vectors.`;
}
