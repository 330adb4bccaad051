import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode as encodePng } from 'fast-png';
import { readArtifact } from '../../../exporter/artifact/artifact-folder.ts';
import { encodeJpeg } from '../../evaluation/control/corruption/jpeg.ts';
import { EdgeClient, tensorBody } from './edge-client.ts';
import { PlainNode } from './plain-node.ts';
import { quantile } from './quantile.ts';
import { formName, type SingleForm, storeSingleForms } from './single-forms.ts';
import { type Body, measureSwaps, type SwapFigure } from './swap-stall.ts';

const BATCH = 8;

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
  /** The same picture in onnxruntime-web in plain Node, turn by turn in the same run; null for deltas of more than a head. */
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
  /** Swaps to the same form of other artifacts and back; null where there is none. */
  readonly swaps: SwapFigure | null;
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
    // Twice, since a version that served a moment ago is still loaded: three others are between.
    const twice = [...artifacts, ...artifacts];
    const forms = await storeSingleForms(folder, twice);
    for (const form of forms.slice(0, forms.length / 2)) {
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
  const alike = forms.filter((each) => formName(each) === formName(form));
  const versions = alike.map(({ version }) => version);
  // With one artifact alone, the second version has the graph of the first, which is open.
  const swaps = versions.length > 2 ? await measureSwaps(client, versions, [one, nine]) : null;
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
    swaps,
    heapBytes: await client.heapBytes(),
  };
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
