import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readArtifact } from '../../../exporter/artifact/artifact-folder.ts';
import { type EdgeAnswer, EdgeClient, tensorBody } from './edge-client.ts';
import { quantile } from './quantile.ts';
import { storeSingleForms } from './single-forms.ts';

export interface SoakOptions {
  /** Folders of artifacts, whose forms are swapped for one another. */
  readonly folders: readonly string[];
  readonly requests: number;
  readonly swaps: number;
  readonly clients: number;
  readonly port: number;
  readonly say: (line: string) => void;
}

export interface SoakResult {
  readonly requests: number;
  readonly swaps: number;
  /** Requests that were answered otherwise than 200. */
  readonly failed: number;
  /** Answers whose probabilities are not those of the version that they name. */
  readonly mixed: number;
  readonly versionsSeen: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  /** Of each swap, in ms: median and longest. */
  readonly swapMs: readonly [number, number];
  /** Of the heap: after every form was loaded once, and at the end. */
  readonly heapBytes: readonly [number, number];
}

/** Asks the edge by many clients at once while the channel moves from form to form, round after round. */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const { folders, requests, swaps, clients, port, say } = options;
  const artifacts = await Promise.all(folders.map(readArtifact));
  const folder = await mkdtemp(join(tmpdir(), 'patchwork-soak-'));
  try {
    const forms = await storeSingleForms(folder, artifacts);
    const client = await EdgeClient.start(port, folder);
    try {
      const { body, type } = tensorBody(1, artifacts[0]!.manifest.preprocessing.height);
      const ask = () => client.classify(body, type, '?top_k=10');
      const references = new Map<number, string>();
      for (let round = 0; round < 2; round++) {
        for (const { version } of forms) {
          await client.swapTo(version);
          references.set(version, spelled((await ask()).body));
        }
      }
      const settled = await client.heapBytes();
      const times: number[] = [];
      const seen = new Set<number>();
      const swapTimes: number[] = [];
      let [begun, failed, mixed] = [0, 0, 0];
      const asking = Array.from({ length: clients }, async () => {
        while (begun < requests) {
          if (begun >= ((swapTimes.length + 1) * requests) / swaps) {
            await sleep(5);
            continue;
          }
          begun++;
          const { status, milliseconds, body: answer } = await ask();
          times.push(milliseconds);
          if (status !== 200 || !answer) failed++;
          else if (references.get(answer.version) !== spelled(answer)) mixed++;
          if (answer) seen.add(answer.version);
        }
      });
      for (let swap = 0; swap < swaps; swap++) {
        while (times.length < (swap * requests) / swaps) await sleep(5);
        swapTimes.push(await client.swapTo(forms[swap % forms.length]!.version));
        if (swap % 10 === 9) {
          const heap = ((await client.heapBytes()) / 1e6).toFixed(1);
          const wrong = `${failed} failed, ${mixed} mixed`;
          say(`${swap + 1} swaps, ${times.length} answers, ${wrong}, heap ${heap} MB.`);
        }
      }
      await Promise.all(asking);
      return {
        requests: times.length,
        swaps,
        failed,
        mixed,
        versionsSeen: seen.size,
        medianMs: quantile(times, 0.5),
        p99Ms: quantile(times, 0.99),
        swapMs: [quantile(swapTimes, 0.5), Math.max(...swapTimes)],
        heapBytes: [settled, await client.heapBytes()],
      };
    } finally {
      await client.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** An answer's probabilities, every digit of them. */
function spelled(answer: EdgeAnswer | null): string {
  return JSON.stringify(answer?.predictions);
}
