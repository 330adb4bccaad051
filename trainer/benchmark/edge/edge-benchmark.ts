import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode as encodePng } from 'fast-png';
import { readArtifact } from '../../../exporter/artifact/artifact-folder.ts';
import { REGISTRY_DEFAULTS } from '../../../exporter/registry/defaults.ts';
import { EdgeClient, tensorBody } from './edge-client.ts';
import { PlainNode } from './plain-node.ts';
import { quantile } from './quantile.ts';
import { formName, type SingleForm, storeSingleForms } from './single-forms.ts';

const BATCH = 8;

export interface EdgeBenchmarkOptions {
  /** Folders of artifacts, whose every form is measured. */
  readonly folders: readonly string[];
  readonly repetitions: number;
  readonly port: number;
  readonly say: (line: string) => void;
}

/** One form as it is served; times in milliseconds, medians unless they are called otherwise. */
export interface FormFigure {
  readonly form: string;
  /** Of one picture and of eight in workerd, from requests of 1 and of 9: HTTP and decoding drop out. */
  readonly inference: number;
  readonly batch8: number;
  /** The same picture in onnxruntime-web in plain Node, turn by turn in the same run; null for deltas. */
  readonly plainNode: number | null;
  readonly ratio: number | null;
  /** What a request takes beside inference: HTTP, decoding, fitting. */
  readonly overheadPng: number;
  readonly overheadMegapixel: number;
  /** From the request for a swap to its answer; loading and checking included. */
  readonly swap: number;
  /** The longest that a request took while it went on, beyond the median of one. */
  readonly swapStall: number;
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
  const small = pngFile(side);
  const large = pngFile(1000);
  const ask = async ({ body, type }: { body: Uint8Array; type: string }) => {
    const { status, milliseconds } = await client.classify(body, type);
    if (status !== 200) throw new Error(`The edge answered ${status}.`);
    return milliseconds;
  };
  await client.swapTo(form.version);
  const node = await PlainNode.open(form);
  const times = { one: [], nine: [], node: [], small: [], large: [] } as Record<string, number[]>;
  for (let turn = 0; turn <= repetitions; turn++) {
    const taken = {
      one: await ask(one),
      nine: await ask(nine),
      node: node ? await node.time() : Number.NaN,
      small: await ask(small),
      large: await ask(large),
    };
    // The first turn warms up.
    if (turn > 0) for (const [name, time] of Object.entries(taken)) times[name]!.push(time);
  }
  await node?.release();
  const median = (name: string) => quantile(times[name]!, 0.5);
  const perPicture = times.nine!.map((time, turn) => (time - times.one![turn]!) / BATCH);
  const inference = quantile(perPicture, 0.5);
  const plainNode = node && median('node');
  const stall = await measureSwap(client, form, forms, () => ask(one));
  return {
    form: formName(form),
    inference,
    batch8: inference * BATCH,
    plainNode,
    ratio: plainNode && inference / plainNode,
    overheadPng: median('small') - inference,
    overheadMegapixel: median('large') - inference,
    swap: stall.swap,
    swapStall: Math.max(0, stall.longest - median('one')),
    heapBytes: await client.heapBytes(),
  };
}

/** Swaps away and back while one request after the other is asked. */
async function measureSwap(
  client: EdgeClient,
  form: SingleForm,
  forms: readonly SingleForm[],
  ask: () => Promise<number>,
): Promise<{ swap: number; longest: number }> {
  const other = forms.find(
    ({ version, form: { precision, storage } }) =>
      version !== form.version &&
      precision === form.form.precision &&
      storage === form.form.storage,
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

function pngFile(side: number): { body: Uint8Array; type: string } {
  const data = Uint8Array.from({ length: side * side * 3 }, (_, at) => ((at >> 6) * 7) % 256);
  const body = encodePng({ width: side, height: side, channels: 3, depth: 8, data });
  return { body, type: 'image/png' };
}
