import type { ProtocolError as ErrorBody } from '../route/inference-protocol/protocol-schema.ts';
import type {
  InferReply,
  ModelMetadata,
  ModelReady,
  ServerLive,
  ServerMetadata,
  ServerReady,
} from './answers.ts';
import type { Connection } from './connection.ts';
import { foreignAnswer } from './foreign-answer.ts';
import { type Inference, inferCall, isBinary, readBinary } from './infer-call.ts';
import { ProtocolError } from './protocol-error.ts';

export interface InferOptions {
  /** The version that must answer. */
  readonly version?: number;
  readonly signal?: AbortSignal;
}

/**
 * Asks an edge by the Open Inference Protocol, version 2.
 * Every method throws ProtocolError where the edge answers with an error, and what `fetch` throws.
 */
export class InferenceProtocol {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The server and its extensions. */
  server(): Promise<ServerMetadata> {
    return this.#json('/v2');
  }

  /** That the isolate runs. */
  live(): Promise<ServerLive> {
    return this.#json('/v2/health/live');
  }

  /** Whether a version serves. */
  ready(): Promise<ServerReady> {
    return this.#json('/v2/health/ready');
  }

  /** What a model takes and gives, or a version of it. */
  model(model: string, version?: number): Promise<ModelMetadata> {
    return this.#json(pathOf(model, version));
  }

  /** Whether a model serves, or whether a version of it is loaded. */
  modelReady(model: string, version?: number): Promise<ModelReady> {
    return this.#json(`${pathOf(model, version)}/ready`);
  }

  /** Classifies tensors. Outputs that are asked for in binary are given as `data` all the same. */
  async infer(
    model: string,
    inference: Inference,
    { version, signal }: InferOptions = {},
  ): Promise<InferReply> {
    const call = { ...inferCall(inference), signal };
    const response = await this.#connection.send(`${pathOf(model, version)}/infer`, call);
    return isBinary(response) ? readBinary(response) : answerOf(response);
  }

  async #json<T>(path: string): Promise<T> {
    return answerOf(await this.#connection.send(path));
  }
}

function pathOf(model: string, version: number | undefined): string {
  const path = `/v2/models/${encodeURIComponent(model)}`;
  return version === undefined ? path : `${path}/versions/${version}`;
}

/** What is not ready says so by status 503, and is an answer. */
async function answerOf<T>(response: Response): Promise<T> {
  if (!response.headers.get('content-type')?.startsWith('application/json')) {
    throw foreignAnswer(response);
  }
  const body = (await response.json()) as T & Partial<ErrorBody>;
  if (body.error !== undefined) throw new ProtocolError(body.error, response.status);
  return body;
}
