import { z } from 'zod';
import type { Manifest } from '../../../exporter/contract/manifest.ts';
import { fits, type ModelInput } from '../../version/model-input.ts';
import { refuse } from '../../version/refuse.ts';
import { ClientKeyHeaders, clientKey } from '../client-key.ts';
import type { EdgeContext } from '../edge-context.ts';
import { EdgeError } from '../edge-error.ts';
import { readyVersion } from '../health.ts';
import { operation } from '../operation.ts';
import { inferPrepared, prepareInputs } from '../picture/prepared-pictures.ts';
import type { ProblemCode } from '../problem-code.ts';
import { readBody } from '../read-body.ts';
import { WholeNumber } from '../whole-number.ts';
import { inferResponse, wantedOutputs } from './infer-reply.ts';
import { readInputs } from './input-tensor.ts';
import { modelMetadata } from './ports.ts';
import {
  InferReplySchema,
  InferRequestSchema,
  ModelMetadataSchema,
  ModelReadySchema,
  ProtocolErrorSchema,
} from './protocol-schema.ts';
import { parseRequest } from './request-body.ts';
import { whereNotReady } from './server.ts';

const ModelPath = z.object({ model: z.string() });
const VersionPath = z.object({ model: z.string(), version: WholeNumber });

/** The routes below a model, and the same below one of its versions. */
export const modelRoutes = [
  ...routesBelow('/v2/models/:model', ModelPath),
  ...routesBelow('/v2/models/:model/versions/:version', VersionPath),
];

type AnyPath = typeof ModelPath | typeof VersionPath;

interface Asked {
  readonly model: string;
  readonly version?: number;
}

function routesBelow(path: string, parameters: AnyPath) {
  const shared = {
    group: 'Open Inference Protocol',
    role: null,
    parameters,
    query: z.object({}),
    error: ProtocolErrorSchema,
  };
  const problems: ProblemCode[] = [
    'MODEL_UNKNOWN',
    'VERSION_UNKNOWN',
    'VERSION_REFUSED',
    'NOT_READY',
  ];
  return [
    operation({
      ...shared,
      method: 'GET',
      path,
      summary: 'Says what the model takes and gives',
      body: null,
      replies: {
        200: { description: 'The model', content: { 'application/json': ModelMetadataSchema } },
      },
      problems,
      handle: (context, input) => describeModel(context, input.parameters),
    }),
    operation({
      ...shared,
      method: 'GET',
      path: `${path}/ready`,
      summary: 'Says whether it serves',
      body: null,
      replies: {
        200: { description: 'It serves', content: { 'application/json': ModelReadySchema } },
        503: { description: 'It does not', content: { 'application/json': ModelReadySchema } },
      },
      problems: ['MODEL_UNKNOWN'],
      handle: (context, input) => modelReady(context, input.parameters),
    }),
    operation({
      ...shared,
      method: 'POST',
      path: `${path}/infer`,
      summary: 'Classifies tensors',
      headers: ClientKeyHeaders,
      body: {
        description: 'JSON, or JSON followed by binary tensors',
        content: { 'application/json': InferRequestSchema, 'application/octet-stream': 'bytes' },
      },
      replies: {
        200: {
          description: 'The outputs, in JSON or, where asked for, in binary',
          content: { 'application/json': InferReplySchema, 'application/octet-stream': 'bytes' },
        },
      },
      problems: [
        ...problems,
        'BODY_INVALID',
        'TENSOR_INVALID',
        'TOO_MANY_PICTURES',
        'PICTURE_TOO_LARGE',
      ],
      handle: (context, input) => inferTensors(context, input.parameters),
    }),
  ];
}

async function describeModel(context: EdgeContext, { model, version }: Asked): Promise<Response> {
  checkModel(context, model);
  const serving = await readyVersion(context);
  const { store, versions } = context.var.isolate;
  const current = versions.current?.stored.manifest;
  const manifest =
    current && (version === undefined || version === serving)
      ? current
      : (await store.manifest(version ?? serving).catch(refuse)).manifest;
  return context.json(modelMetadata(manifest, [manifest.version]));
}

async function modelReady(context: EdgeContext, { model, version }: Asked): Promise<Response> {
  checkModel(context, model);
  const serving = await readyVersion(context).catch(whereNotReady);
  const loaded = context.var.isolate.versions.loaded.map(({ stored }) => stored.manifest.version);
  const ready = serving !== false && (version === undefined || loaded.includes(version));
  return context.json({ name: model, ready }, ready ? 200 : 503);
}

async function inferTensors(context: EdgeContext, { model, version }: Asked): Promise<Response> {
  checkModel(context, model);
  context.var.isolate.versions.touch(context.executionCtx);
  const pin = version ?? null;
  const { prepared, wanted, id } = await readTensors(context, pin);
  const inference = await inferPrepared(context, prepared, {
    version: pin,
    clientKey: clientKey(context),
    accept: (manifest) => checkSize(manifest, prepared.inputs),
  });
  context.set('version', inference.manifest.version);
  return inferResponse(inference, wanted, id);
}

/** What a request asks, without its body, since many may wait. */
async function readTensors(context: EdgeContext, pin: number | null) {
  const { settings } = context.var.isolate;
  const { raw } = context.req;
  const request = parseRequest(await readBody(raw, settings.maxBodyBytes), raw.headers);
  const wanted = wantedOutputs(request.json);
  const prepared = await prepareInputs(context, readInputs(request, settings), pin);
  return { prepared, wanted, id: request.json.id };
}

function checkModel(context: EdgeContext, model: string): void {
  const served = context.var.isolate.settings.model;
  if (model === served) return;
  throw new EdgeError(
    'MODEL_UNKNOWN',
    `There is no model ${JSON.stringify(model)}, only ${served}.`,
  );
}

function checkSize({ preprocessing }: Manifest, inputs: readonly ModelInput[]): void {
  if (inputs.every((input) => fits(input, preprocessing))) return;
  const { height, width } = preprocessing;
  throw new EdgeError('TENSOR_INVALID', `FP32 is taken of ${height} x ${width} only.`);
}
