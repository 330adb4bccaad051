import { expect, test } from 'vitest';
import { nodePlacement, readPlacement } from '../../../trainer/doctor/node-placement.ts';

/** As onnxruntime 1.30 prints it. */
const at =
  '2026-01-01 00:00:00.0 [V:onnxruntime:, session_state.cc:1383 VerifyEachNodeIsAssignedToAnEp] ';

test('counts the nodes that fall back to the processor', () => {
  const log = [
    `${at}Node placements`,
    `${at} Node(s) placed on [CPUExecutionProvider]. Number of nodes: 3`,
    `${at}  Det (Det_1)`,
    `${at}  Shape (Shape_4)`,
    `${at}  Det (Det_7)`,
    `${at} Node(s) placed on [WebGpuExecutionProvider]. Number of nodes: 2`,
    `${at}  MatMul (MatMul_0)`,
    `${at}  MemcpyToHost (Memcpy)`,
    'and another session',
    `${at}Node placements`,
    `${at} All nodes placed on [CPUExecutionProvider]. Number of nodes: 9`,
  ].join('\n');
  expect(readPlacement(log)).toEqual({ nodes: 5, fallenBack: { Det: 2, Shape: 1 } });
});

test('reads that none falls back, and says nothing where the log does not', () => {
  const log = `${at}Node placements\n${at} All nodes placed on [WebGpuExecutionProvider]. Number of nodes: 7\n`;
  expect(readPlacement(log)).toEqual({ nodes: 7, fallenBack: {} });
  expect(readPlacement('Failed to get a WebGPU adapter')).toBeNull();
});

test('has nothing to say of the processor', async () => {
  expect(await nodePlacement({ engine: 'onnx', provider: 'cpu' })).toBeNull();
  expect(await nodePlacement({ engine: 'tensorflow' })).toBeNull();
});
