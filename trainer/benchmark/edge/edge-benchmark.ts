import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode as encodePng } from 'fast-png';
import { readArtifact } from '../../../exporter/artifact/artifact-folder.ts';
import { REGISTRY_DEFAULTS } from '../../../exporter/registry/defaults.ts';
import { encodeJpeg } from '../../evaluation/control/corruption/jpeg.ts';
import { EdgeClient, tensorBody } from './edge-client.ts';
import { PlainNode } from './plain-node.ts';
import { quantile } from './quantile.ts';
import { formName, type SingleForm, storeSingleForms } from './single-forms.ts';

const BATCH = 8;

interface Body {
  readonly body: Uint8Array;
  readonly type: string;
}

interface Taken {
  readonly elapsed: number;
  readonly processor: number;
}

export interface EdgeBenchmarkOptions {
  /** Folders of artifacts, whose every form is measured. */
  readonly folders: readonly string[];
  readonly repetitions: number;
  readonly port: number;
  readonly say: (line: string) => void;
}

/** One form as it is served; milliseconds. */
export interface FormFigure {
  readonly form: string;
  /** The medians: of one picture in workerd, from requests of one and of nine, so that the rest drops out. */
  readonly inference: number;
  /** The same picture in onnxruntime-web in plain Node, turn by turn in the same run; null for deltas. */
  readonly plainNode: number | null;
  /** A request that asks for nothing: HTTP and the proxies of `wrangler dev`, of which Cloudflare has none. */
  readonly ping: number;
  /** What a request takes beside inference, the ping among it: HTTP, decoding, fitting. */
  readonly overheadPng: number;
  readonly overheadJpeg: number;
  /** The same as means of processor time, which a busy machine does not change; wrangler's is among it. */
  readonly processor: {
    readonly inference: number;
    readonly plainNode: number | null;
    readonly ratio: number | null;
    readonly ping: number;
    readonly overheadPng: number;
    readonly overheadJpeg: number;
  };
  /** From the request for a swap to its answer, the median; loading and checking included. */
  readonly swap: number;
  /** The longest that a request took while it went on, beyond the median of one. */
  readonly swapStall: number;
  /** After swaps there and back. */
  readonly heapBytes: number;
}

/**
 * Serves every form of the artifacts under `wrangler dev`, one after the other, and times it. Two
 * processes on the same core take turns, so that what disturbs the machine disturbs both.
 */
export async function benchmarkEdge(options: EdgeBenchmarkOptions): Promise<FormFigure[]> {
  const { folders, port, say } = options;
  const artifacts = await Promise.all(folders.map(readArtifact));
  const folder = await mkdtemp(join(tmpdir(), 'patchwork-bench-'));
  const figures: FormFigure[] = [];
  try {
    const forms = await storeSingleForms(folder, artifacts, REGISTRY_DEFAULTS.channel);
    for (const form of forms) {
      const client = await EdgeClient.start(port, folder);
      try {
        const figure = await measure(client, form, forms, options.repetitions);
        figures.push(figure);
        say(JSON.stringify(figure));
      } finally {
        await client.stop();
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return figures;
}

async function measure(
  client: EdgeClient,
  form: SingleForm,
  forms: readonly SingleForm[],
  repetitions: number,
): Promise<FormFigure> {
  const side = form.artifact.manifest.preprocessing.height;
  const [one, nine] = [tensorBody(1, side), tensorBody(1 + BATCH, side)];
  const [png, jpeg] = [pngFile(side), await jpegFile()];
  const ask = async ({ body, type }: Body): Promise<Taken> => {
    const before = await client.processorTime();
    const { status, milliseconds } = await client.classify(body, type);
    if (status !== 200) throw new Error(`The edge answered ${status}.`);
    return { elapsed: milliseconds, processor: (await client.processorTime()) - before };
  };
  const ping = async (): Promise<Taken> => {
    const before = await client.processorTime();
    const elapsed = await client.ping();
    return { elapsed, processor: (await client.processorTime()) - before };
  };
  await client.swapTo(form.version);
  const node = await PlainNode.open(form);
  const turns: Record<'ping' | 'one' | 'nine' | 'png' | 'jpeg' | 'node', Taken>[] = [];
  for (let turn = 0; turn <= repetitions; turn++) {
    const taken = {
      ping: await ping(),
      one: await ask(one),
      nine: await ask(nine),
      png: await ask(png),
      jpeg: await ask(jpeg),
      node: (await node?.time()) ?? { elapsed: Number.NaN, processor: Number.NaN },
    };
    // The first turn warms up.
    if (turn > 0) turns.push(taken);
  }
  await node?.release();
  const median = (name: keyof (typeof turns)[0]) =>
    quantile(
      turns.map((turn) => turn[name].elapsed),
      0.5,
    );
  const mean = (name: keyof (typeof turns)[0]) =>
    turns.reduce((sum, turn) => sum + turn[name].processor, 0) / turns.length;
  const inference = (median('nine') - median('one')) / BATCH;
  const worked = (mean('nine') - mean('one')) / BATCH;
  const { swap, longest } = await measureSwap(client, form, forms, async () => {
    const { elapsed } = await ask(one);
    return elapsed;
  });
  return {
    form: formName(form),
    inference,
    plainNode: node && median('node'),
    ping: median('ping'),
    overheadPng: median('png') - inference,
    overheadJpeg: median('jpeg') - inference,
    processor: {
      inference: worked,
      plainNode: node && mean('node'),
      ratio: node && worked / mean('node'),
      ping: mean('ping'),
      overheadPng: mean('png') - worked,
      overheadJpeg: mean('jpeg') - worked,
    },
    swap,
    swapStall: Math.max(0, longest - median('one')),
    heapBytes: await client.heapBytes(),
  };
}

/** Swaps to the same form of another artifact and back, where there is one, while one request after the other is asked. */
async function measureSwap(
  client: EdgeClient,
  form: SingleForm,
  forms: readonly SingleForm[],
  ask: () => Promise<number>,
): Promise<{ swap: number; longest: number }> {
  const other = forms.find(
    (each) => each.version !== form.version && formName(each) === formName(form),
  );
  if (!other) return { swap: Number.NaN, longest: Number.NaN };
  const swaps: number[] = [];
  const asked: number[] = [];
  let swapping = true;
  const asking = (async () => {
    while (swapping) asked.push(await ask());
  })();
  for (const { version } of [other, form, other, form]) swaps.push(await client.swapTo(version));
  swapping = false;
  await asking;
  return { swap: quantile(swaps, 0.5), longest: Math.max(...asked) };
}

function pngFile(side: number): Body {
  const body = encodePng({ width: side, height: side, channels: 3, depth: 8, data: ramp(side) });
  return { body, type: 'image/png' };
}

/** A megapixel. */
async function jpegFile(): Promise<Body> {
  const picture = { width: 1000, height: 1000, pixels: ramp(1000) };
  return { body: await encodeJpeg(picture, 90), type: 'image/jpeg' };
}

function ramp(side: number): Uint8Array {
  return Uint8Array.from({ length: side * side * 3 }, (_, at) => ((at >> 6) * 7) % 256);
}
