import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { TrainingWay } from '../engine/way.ts';

/** Where onnxruntime runs the nodes of a graph. */
export interface NodePlacement {
  readonly nodes: number;
  /** Nodes that run on the processor because the device cannot, counted by operation. */
  readonly fallenBack: Readonly<Record<string, number>>;
}

/**
 * Where the nodes of a training step run on a device, as onnxruntime says it while it opens the session.
 * Null for ways that have no device to fall back from, and where it does not say.
 */
export async function nodePlacement(way: TrainingWay): Promise<NodePlacement | null> {
  if (way.engine !== 'onnx' || way.provider === 'cpu') return null;
  const script = fileURLToPath(new URL('./placement-probe.ts', import.meta.url));
  const child = fork(script, [way.provider], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let log = '';
  child.stderr!.on('data', (chunk) => {
    log += chunk;
  });
  await new Promise<void>((resolve) => {
    child.on('error', () => resolve());
    child.on('close', () => resolve());
  });
  return readPlacement(log);
}

/** Reads onnxruntime's verbose log, of its first session alone. Null where it has no placement. */
export function readPlacement(log: string): NodePlacement | null {
  let nodes = 0;
  const fallenBack: Record<string, number> = {};
  let onProcessor = false;
  let within = false;
  const session = log.split('Node placements')[1] ?? '';
  for (const line of session.split('\n')) {
    const heading = /placed on \[(\w+)\]\. Number of nodes: (\d+)/.exec(line);
    if (heading) {
      within = true;
      nodes += Number(heading[2]);
      onProcessor = heading[1] === 'CPUExecutionProvider';
      continue;
    }
    const operation = /VerifyEachNodeIsAssignedToAnEp\]\s+(\w+) \(/.exec(line)?.[1];
    if (operation && onProcessor) fallenBack[operation] = (fallenBack[operation] ?? 0) + 1;
  }
  return within ? { nodes, fallenBack } : null;
}
