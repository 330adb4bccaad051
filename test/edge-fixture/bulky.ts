import { createHash } from 'node:crypto';
import { LABELS } from './classifier.ts';
import { SIDE } from './noise.ts';
import { onnxFile } from './onnx-file.ts';
import { BULK_BYTES } from './provided.ts';
import { random } from './random.ts';

/**
 * A classifier with megabytes of zeros as external data, so that its logits are a bias that follows from
 * `seed`, whatever the picture. The zeros are left to whoever stores them.
 */
export function bulkyFile(seed: number) {
  const values = BULK_BYTES / Float32Array.BYTES_PER_ELEMENT;
  const zeros = new Float32Array(values);
  const sha256 = createHash('sha256').update(new Uint8Array(zeros.buffer)).digest('hex');
  const next = random(seed);
  const bias = Float32Array.from(LABELS, () => next() * 4);
  const file = onnxFile(
    {
      nodes: [
        { type: 'GlobalAveragePool', inputs: ['image'], output: 'pooled' },
        { type: 'Flatten', inputs: ['pooled'], output: 'flat', attributes: { axis: 1 } },
        { type: 'MatMul', inputs: ['flat', 'bulk'], output: 'wide' },
        { type: 'ReduceMax', inputs: ['wide'], output: 'one', attributes: { axes: [1] } },
        { type: 'Add', inputs: ['one', 'bias'], output: 'logits' },
      ],
      tensors: [
        { name: 'bulk', type: 'float32', dims: [3, values / 3], data: zeros },
        { name: 'bias', type: 'float32', dims: [1, LABELS.length], data: bias },
      ],
      external: sha256,
      within: ['bias'],
    },
    SIDE,
    LABELS.length,
  );
  return { graph: Buffer.from(file).toString('base64'), zeros: sha256, logits: Array.from(bias) };
}
