import type { Engine } from './engine.ts';
import { EngineError } from './engine-error.ts';
import { PROVIDER_REMEDY, PROVIDERS } from './onnx/provider-name.ts';
import { fastestWays } from './speed-record.ts';
import { createEngine, type Way, wayName } from './way.ts';

export const ENGINE_CHOICES = ['auto', 'onnx', 'tensorflow', 'cpu'] as const;
export type EngineChoice = (typeof ENGINE_CHOICES)[number];

export const PROVIDER_CHOICES = ['auto', ...PROVIDERS] as const;
export type ProviderChoice = (typeof PROVIDER_CHOICES)[number];

/** What is tried by itself where `patchwork doctor` has not measured anything better, in that order. */
const UNMEASURED: readonly Way[] = [{ engine: 'tensorflow' }, { engine: 'onnx', provider: 'cpu' }];

const UNMEASURED_HINT = 'Run `npx patchwork doctor` once to have the fastest taken.';

/** The width whose speeds decide where none is given: that of a ResNet-18. */
const WIDTH = 64;

export interface SelectOptions {
  /** For the onnx engine alone. */
  readonly provider?: ProviderChoice;
  /** Of the network that is to be computed. */
  readonly width?: number;
  /** Where the measured speeds are: the project's place for them. */
  readonly speedFile?: string;
}

export interface SelectedEngine {
  readonly engine: Engine;
  /** Lines for people: which engine computes, and why not a preferred one. */
  readonly notes: string[];
}

/** The step that would make a way available. */
export function remedyFor(way: Way): string {
  switch (way.engine) {
    case 'tensorflow':
      return 'Run `npx patchwork engine install`, or choose the onnx engine.';
    case 'onnx':
      return PROVIDER_REMEDY[way.provider];
    case 'cpu':
      return 'Run `npm ci` again to restore @tensorflow/tfjs.';
  }
}

/**
 * Makes the engine of that name; `auto` takes the fastest that `patchwork doctor` measured and that still
 * loads. Where it has measured none, that is `tensorflow` where its native library loads, else `onnx`, on
 * the processor. What is named is taken or refused, never replaced.
 *
 * @throws EngineError ENGINE_UNAVAILABLE, with the step that would help, when nothing that may be taken loads
 */
export async function selectEngine(
  choice: EngineChoice = 'auto',
  options: SelectOptions = {},
): Promise<SelectedEngine> {
  const { provider = 'auto', width = WIDTH, speedFile } = options;
  const named = namedWay(choice, provider);
  if (named) {
    const engine = await createEngine(named).catch((error) => {
      throw unavailable(`The ${nameOf(named)} is not available`, named, error);
    });
    return { engine, notes: [computing(engine)] };
  }
  const measured = fastestWays(width, speedFile);
  const ways = distinct([...measured, ...UNMEASURED]).filter(
    (way) => choice === 'auto' || way.engine === choice,
  );
  const refusals: string[] = [];
  for (const way of ways) {
    try {
      const engine = await createEngine(way);
      const skipped = refusals.map((refusal) => `Not on ${refusal}.`);
      const hint = measured.length === 0 ? [UNMEASURED_HINT] : [];
      return { engine, notes: [[computing(engine), ...skipped, ...hint].join(' ')] };
    } catch (error) {
      refusals.push(`${wayName(way)}: ${messageOf(error)}`);
    }
  }
  const last = ways.at(-1)!;
  const message = `No engine is available. ${refusals.map((refusal) => `Not ${refusal}.`).join(' ')} ${remedyFor(last)}`;
  throw new EngineError('ENGINE_UNAVAILABLE', message);
}

/** The only way that may be taken, or null where there is a choice. */
function namedWay(choice: EngineChoice, provider: ProviderChoice): Way | null {
  if (provider === 'auto')
    return choice === 'auto' || choice === 'onnx' ? null : { engine: choice };
  if (choice === 'auto' || choice === 'onnx') return { engine: 'onnx', provider };
  throw new EngineError(
    'ENGINE_UNAVAILABLE',
    `The ${choice} engine has no providers; leave ${provider} out, or choose the onnx engine.`,
  );
}

function distinct(ways: readonly Way[]): Way[] {
  return [...new Map(ways.map((way) => [wayName(way), way])).values()];
}

function nameOf(way: Way): string {
  if (way.engine !== 'onnx') return `${way.engine} engine`;
  return way.provider === 'cpu' ? 'onnx engine' : `onnx engine on ${way.provider}`;
}

function computing({ name, description }: Engine): string {
  return `Computing on ${name}: ${description}.`;
}

function unavailable(what: string, way: Way, cause: unknown): EngineError {
  const message = `${what}: ${messageOf(cause)}. ${remedyFor(way)}`;
  return new EngineError('ENGINE_UNAVAILABLE', message, { cause });
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0]!.trim().replace(/\.$/, '');
}
