import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openGraph } from '../runtime/open-graph.ts';
import { withOrderedHead } from './ort-file-head.ts';

/**
 * Converts an ONNX file to onnxruntime's flatbuffer, which a runtime opens without parsing and whose
 * weights it can use in place. Fusions that hold on every processor are applied; what is kept in fewer
 * bytes than it computes in is not unfolded. The same file always gives the same bytes.
 * @throws ExportError GRAPH_UNREADABLE, RUNTIME_MISSING
 */
export async function toOrtFile(onnx: Uint8Array): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'patchwork-ort-'));
  const path = join(folder, 'graph.ort');
  try {
    const open = await openGraph({ bytes: onnx }, 'native', {
      graphOptimizationLevel: 'extended',
      optimizedModelFilePath: path,
      extra: {
        session: { save_model_format: 'ORT' },
        optimization: { disable_specified_optimizers: 'ConstantFolding' },
      },
    });
    await open.release();
    return withOrderedHead(await readFile(path));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
