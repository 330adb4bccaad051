import type { EngineFinding, Examination } from './examine.ts';

/** What was found, as lines for people. */
export function describeExamination(found: Examination): string[] {
  const { memory, gpus, packages, installedEngine } = found;
  const versions = Object.entries(packages)
    .filter(([, version]) => version !== null)
    .map(([name, version]) => `${name} ${version}`);
  return [
    `Node ${found.node}, ${found.platform}; ${found.processor}, ${found.threads} threads`,
    `Memory: ${gigabytes(memory.total)} GB, ${gigabytes(memory.free)} GB of them free`,
    ...(gpus.length === 0 ? ['GPU: none that an NVIDIA driver lists'] : []),
    ...gpus.map(
      ({ name, computeCapability, memoryMegabytes }) =>
        `GPU: ${name}, compute capability ${computeCapability}, ${gigabytes(memoryMegabytes * 2 ** 20)} GB`,
    ),
    `Packages: ${versions.join(', ')}`,
    ...(installedEngine
      ? [`Installed by patchwork: ${installedEngine.packageName}, ${installedEngine.description}`]
      : []),
    ...found.engines.map(describeEngine),
    found.canTrain ? 'Training can run.' : 'Training cannot run: no engine loads.',
  ];
}

function describeEngine(engine: EngineFinding): string {
  if (!engine.available) return `✗ ${engine.name}: ${engine.reason} ${engine.remedy}`;
  const { matrixProduct, trainingStep, imagesPerSecond } = engine.speed;
  return `✓ ${engine.name}: ${engine.description}; matrix product ${matrixProduct.toFixed(0)} GFLOP/s, training step ${trainingStep.toFixed(0)} GFLOP/s (${imagesPerSecond.toFixed(0)} images/s at width 16)`;
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}
