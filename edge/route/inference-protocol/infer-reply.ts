import type { Inference } from '../../version/infer.ts';
import { softmax } from '../../version/predictions.ts';
import { EdgeError } from '../edge-error.ts';
import { isOutput, OUTPUTS, type OutputName } from './ports.ts';
import type { InferReply, InferRequest } from './protocol-schema.ts';
import { HEADER_LENGTH } from './request-body.ts';

interface WantedOutput {
  readonly name: OutputName;
  readonly binary: boolean;
}

/** Which outputs a request asks for, and how. @throws EdgeError TENSOR_INVALID */
export function wantedOutputs({ outputs, parameters }: InferRequest): WantedOutput[] {
  const all = parameters?.binary_data_output === true;
  const wanted = outputs ?? OUTPUTS.map((name) => ({ name, parameters: undefined }));
  return wanted.map(({ name, parameters: own }) => {
    if (isOutput(name)) return { name, binary: (own?.binary_data ?? all) === true };
    throw new EdgeError('TENSOR_INVALID', `There is no output "${name}"; there are ${OUTPUTS}.`);
  });
}

/** JSON, or JSON and then the tensors that were asked for in binary, little-endian. */
export function inferResponse(
  { manifest, logits }: Inference,
  wanted: readonly WantedOutput[],
  id: string | undefined,
): Response {
  const tensors: Uint8Array[] = [];
  const reply: InferReply = {
    model_name: manifest.model,
    model_version: String(manifest.version),
    ...(id === undefined ? {} : { id }),
    outputs: wanted.map(({ name, binary }) => {
      const rows = name === 'logits' ? logits : logits.map(softmax);
      const data = rows.flatMap((row) => Array.from(row));
      const output = {
        name,
        shape: [rows.length, manifest.labels.length],
        datatype: 'FP32' as const,
      };
      if (!binary) return { ...output, data };
      const tensor = new Uint8Array(Float32Array.from(data).buffer);
      tensors.push(tensor);
      return { ...output, parameters: { binary_data_size: tensor.length } };
    }),
  };
  if (tensors.length === 0) return Response.json(reply);
  const json = new TextEncoder().encode(JSON.stringify(reply));
  return new Response(new Blob([json, ...(tensors as Uint8Array<ArrayBuffer>[])]), {
    headers: {
      'content-type': 'application/octet-stream',
      [HEADER_LENGTH]: String(json.length),
    },
  });
}
