import type { EngineFinding, Examination } from './examine.ts';
import type { NodePlacement } from './node-placement.ts';
import type { Speed } from './speed-probe.ts';

/** What was found, as lines for people. */
export function describeExamination(found: Examination): string[] {
  const { memory, gpus, packages, installedEngine } = found;
  const versions = Object.entries(packages)
    .filter(([, version]) => version !== null)
    .map(([name, version]) => `${name} ${version}`);
  return [
    `Node ${found.node}, ${found.platform}; ${found.processor}, ${found.threads} threads`,
    `Memory: ${gigabytes(memory.total)} GB, ${gigabytes(memory.free)} GB of them free`,
    ...(gpus.length === 0 ? ['GPU: none is listed by a driver'] : gpus.map((gpu) => `GPU: ${gpu}`)),
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
  return `✓ ${engine.name}: ${engine.description}; ${describeSpeed(engine.speed)}${describePlacement(engine.placement)}`;
}

function describeSpeed(speed: Speed | null): string {
  if (speed === null) return 'too slow to measure';
  const steps = speed.training.map(
    ({ width, gflops, imagesPerSecond }) =>
      `${gflops.toFixed(0)} GFLOP/s (${imagesPerSecond.toFixed(1)} images/s) at width ${width}`,
  );
  return `matrix product ${speed.matrixProduct.toFixed(0)} GFLOP/s; training step ${steps.join(', ')}`;
}

function describePlacement(placement: NodePlacement | null): string {
  if (placement === null) return '';
  const fallen = Object.entries(placement.fallenBack);
  if (fallen.length === 0) return `; all ${placement.nodes} nodes of a training step run there`;
  const counts = fallen.map(([operation, count]) => `${count} ${operation}`).join(', ');
  return `; of ${placement.nodes} nodes of a training step these fall back to the processor: ${counts}`;
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}
