import type { InferRequest } from '../route/inference-protocol/protocol-schema.ts';
import type { InferReply } from './answers.ts';
import type { Call } from './connection.ts';

type Numbers = Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

/** The input of an inference. It goes in JSON where its data are an array, and in binary where they are typed. */
export type InferenceInput = Pick<InferRequest['inputs'][number], 'name' | 'datatype'> & {
  readonly shape: readonly number[];
  readonly data: readonly unknown[] | Numbers;
};

/** What is asked of a model. */
export type Inference = Omit<InferRequest, 'inputs'> & {
  readonly inputs: readonly [InferenceInput];
};

/** How long the JSON is that binary tensors follow. */
const HEADER_LENGTH = 'inference-header-content-length';

/** Asks for an inference. */
export function inferCall({ inputs: [input], ...rest }: Inference): Call {
  const { data, ...described } = input;
  if (!ArrayBuffer.isView(data)) {
    return {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...rest, inputs: [input] }),
    };
  }
  const parameters = { binary_data_size: data.byteLength };
  const json = new Blob([JSON.stringify({ ...rest, inputs: [{ ...described, parameters }] })]);
  return {
    method: 'POST',
    headers: {
      'content-type': 'application/octet-stream',
      [HEADER_LENGTH]: String(json.size),
    },
    body: new Blob([json, data]),
  };
}

/** Whether tensors follow the JSON of an answer. */
export function isBinary(response: Response): boolean {
  return response.headers.has(HEADER_LENGTH);
}

/** An answer whose tensors follow its JSON, with them as `data`. */
export async function readBinary(response: Response): Promise<InferReply> {
  const body = await response.arrayBuffer();
  let offset = Number(response.headers.get(HEADER_LENGTH));
  const reply: InferReply = JSON.parse(new TextDecoder().decode(body.slice(0, offset)));
  const outputs = reply.outputs.map(({ parameters, ...output }) => {
    if (output.data !== undefined) return output;
    const end = offset + Number(parameters?.binary_data_size);
    const data = Array.from(new Float32Array(body.slice(offset, end)));
    offset = end;
    return { ...output, data };
  });
  return { ...reply, outputs };
}
