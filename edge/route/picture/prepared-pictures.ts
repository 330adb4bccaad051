import { type Inference, type InferenceRequest, infer } from '../../version/infer.ts';
import type { ModelInput } from '../../version/model-input.ts';
import { VersionError } from '../../version/version-error.ts';
import type { EdgeContext } from '../edge-context.ts';
import { EdgeError } from '../edge-error.ts';
import { decodeFiles, type NamedFile } from './decode-files.ts';
import { type Fit, fitOf, fitted, sameSize } from './picture-fit.ts';

/** Pictures as they wait for their turn: fitted, so that hundreds may wait whatever their sizes were. */
export interface PreparedPictures {
  readonly inputs: readonly ModelInput[];
  /** What they were fitted to; null where they are whole, since versions of several sizes may see them. */
  readonly fit: Fit | null;
  /** Lets the next decode; to be called once they are answered, or not asked about. */
  release(): void;
}

/**
 * Decodes files when their turn has come, for the versions that may answer.
 * @param pin the version that must answer, null for the one that serves
 * @throws PictureError; VersionError as `infer` does
 */
export async function prepareFiles(
  context: EdgeContext,
  files: readonly NamedFile[],
  pin: number | null,
): Promise<PreparedPictures> {
  const { versions, decoding, settings } = context.var.isolate;
  await awaitLoaded(context, pin);
  const release = await decoding.take(context.executionCtx);
  try {
    const fit = fitOf(versions, pin);
    const inputs = await decodeFiles(files, settings.maxPixels, fit);
    if (fit !== null) release();
    return { inputs, fit, release };
  } catch (error) {
    release();
    throw error;
  }
}

/** The same of pictures that came as pixels or numbers. @throws VersionError as `infer` does */
export async function prepareInputs(
  context: EdgeContext,
  inputs: readonly ModelInput[],
  pin: number | null,
): Promise<PreparedPictures> {
  await awaitLoaded(context, pin);
  const fit = fitOf(context.var.isolate.versions, pin);
  const prepared = fit === null ? inputs : inputs.map((input) => fitted(input, fit));
  return { inputs: prepared, fit, release: () => {} };
}

/** A version of another size has come over a request. */
class SizeChanged extends EdgeError {
  constructor() {
    super('NOT_READY', 'The channel has come to take pictures of another size; send it again.');
  }
}

/**
 * Asks about prepared pictures, and releases them.
 * @throws EdgeError NOT_READY, or TENSOR_INVALID where numbers overflow within the network; what `infer`
 *   throws
 */
export async function inferPrepared(
  context: EdgeContext,
  { inputs, fit, release }: PreparedPictures,
  request: InferenceRequest,
): Promise<Inference> {
  try {
    const inference = await inferFitted(context, { inputs, fit }, request);
    checkFinite(inference, inputs);
    return inference;
  } finally {
    release();
  }
}

/**
 * Should a version of another size have come meanwhile, the one that the pictures were fitted for
 * answers, since what was sent is gone.
 */
async function inferFitted(
  context: EdgeContext,
  { inputs, fit }: Pick<PreparedPictures, 'inputs' | 'fit'>,
  request: InferenceRequest,
): Promise<Inference> {
  const { isolate } = context.var;
  const ask = (version: number | null) =>
    infer(isolate, context.executionCtx, inputs, {
      ...request,
      version,
      accept: (manifest) => {
        if (fit && !sameSize(fitOf(isolate.versions, version), fit)) throw new SizeChanged();
        request.accept(manifest);
      },
    });
  try {
    return await ask(request.version);
  } catch (changed) {
    if (!(fit && changed instanceof SizeChanged)) throw changed;
    return await ask(fit.version).catch((error) => {
      throw error instanceof VersionError ? changed : error;
    });
  }
}

/** Answers are numbers, whatever was asked. Only the network's own input may have values of any size. */
function checkFinite({ manifest, logits }: Inference, inputs: readonly ModelInput[]): void {
  if (logits.every((row) => row.every(Number.isFinite))) return;
  if (inputs.some((input) => 'layout' in input && input.layout === 'chw')) {
    throw new EdgeError('TENSOR_INVALID', 'The values are so large that the answer overflows.');
  }
  throw new Error(`Version ${manifest.version} answers a picture with what is no number.`);
}

async function awaitLoaded(context: EdgeContext, pin: number | null): Promise<void> {
  const { versions } = context.var.isolate;
  await (pin === null
    ? versions.ready(context.executionCtx)
    : versions.pinned(pin, context.executionCtx));
}
