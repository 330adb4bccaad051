import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import { loadDataOf } from '../data/load.ts';
import { type PictureSet, pictureAt, subset } from '../data/picture-set.ts';
import type { Engine } from '../engine/engine.ts';
import { Classifier } from '../evaluation/classifier.ts';
import { errorRate } from '../evaluation/damage.ts';
import { mistakes } from '../evaluation/protocol/planned-edit.ts';
import { quantile } from '../evaluation/statistics/quantile.ts';
import { topClasses } from '../evaluation/top-class.ts';
import type { Fix } from '../fix/fix-request.ts';
import type { Fixer } from '../fix/fixer.ts';
import { DEFAULT_THRESHOLDS } from '../fix/gate/thresholds.ts';
import { openFixer } from '../fix/open-fixer.ts';
import type { Weights } from '../network/weights.ts';
import { patchConstraint } from '../patch/make-patch.ts';
import type { Patch } from '../patch/patch.ts';

export interface FixesBenchmarkOptions {
  readonly engine: Engine;
  readonly network: TrainedNetwork;
  /** The folder of the data set's files. */
  readonly dataDir: string;
  /** Fixes that the gate is to accept. */
  readonly fixes: number;
  /** Clean control pictures. */
  readonly control: number;
  readonly say: (line: string) => void;
}

/** What became of a network that was fixed again and again. */
export interface FixesFigures {
  readonly accepted: number;
  /** Fixes that the gate refused, or that no candidate could make; they are not in the network. */
  readonly refused: number;
  /** How the accepted ones were made. */
  readonly strategies: Readonly<Record<string, number>>;
  /** Error on all test pictures but the mistakes that were tried, before and after, between 0 and 1. */
  readonly errorBefore: number;
  readonly errorAfter: number;
  /** The share of accepted fixes that the last network still has. */
  readonly retained: number;
  /** Of one fix, search and gate, in seconds. */
  readonly seconds: { readonly p50: number; readonly p95: number };
}

/**
 * Fixes mistakes of a network on its test pictures, one after another and each on top of those before, as
 * `patchwork fix` does, until enough are accepted.
 */
export async function fixInSequence(options: FixesBenchmarkOptions): Promise<FixesFigures> {
  const { engine, network, fixes, control, say } = options;
  const data = await loadDataOf(network.dataSet, { dir: options.dataDir });
  const { test } = data;
  const classifier = new Classifier(engine, network.architecture);
  const answers = async (weights: Weights, set: PictureSet) =>
    topClasses(
      await classifier.logitsOfSet(weights, set, data.preprocessing),
      test.labelNames.length,
    );
  const logits = await classifier.logitsOfSet(network.weights, test, data.preprocessing);
  const cacheFolder = await mkdtemp(join(tmpdir(), 'patchwork-fixes-'));
  const fixer = await openFixer({
    engine,
    network,
    loadData: async () => data,
    fingerprint: data.fingerprint(),
    control,
    seed: 1,
    thresholds: DEFAULT_THRESHOLDS,
    cacheFolder,
  });
  const earlier: Patch[] = [];
  const tried: number[] = [];
  const strategies: Record<string, number> = {};
  const seconds: number[] = [];
  let current = network.weights;
  let refused = 0;
  try {
    for (const { picture, label } of mistakes(test, logits, test.count, 1)) {
      if (earlier.length === fixes) break;
      const labelName = test.labelNames[label]!;
      const constraint = await patchConstraint(pictureAt(test, picture), label, labelName);
      const began = performance.now();
      const fix = await attempt(fixer, { current, earlier, constraints: [constraint] });
      const took = (performance.now() - began) / 1000;
      tried.push(picture);
      if (fix === 'needless') continue;
      seconds.push(took);
      if (fix?.record.decision.verdict !== 'accept') {
        refused++;
        say(
          `${picture}: refused; ${fix?.record.decision.reasons.join('; ') ?? 'no candidate fixes it'}`,
        );
        continue;
      }
      const { strategy, candidate, figures } = fix.record;
      strategies[strategy] = (strategies[strategy] ?? 0) + 1;
      earlier.push(fix.patch);
      current = fix.weights;
      const total = 100 * (figures.total.errorAfter - figures.total.errorBase);
      say(
        `${earlier.length}/${fixes} picture ${picture}: ${strategy}, ${candidate}; clean error ${total.toFixed(2)} pp since the first, ${took.toFixed(1)} s`,
      );
    }
    const rest = subset(
      test,
      Array.from({ length: test.count }, (_, index) => index).filter(
        (index) => !tried.includes(index),
      ),
    );
    const held = await Promise.all(
      earlier.map(async ({ constraints: [constraint] }) => {
        const { picture, label } = constraint!;
        const one = { ...test, count: 1, pixels: picture.pixels, labels: Uint8Array.of(label) };
        return (await answers(current, one))[0] === label;
      }),
    );
    return {
      accepted: earlier.length,
      refused,
      strategies,
      errorBefore: errorRate(rest, await answers(network.weights, rest)),
      errorAfter: errorRate(rest, await answers(current, rest)),
      retained: held.filter(Boolean).length / Math.max(1, held.length),
      seconds: { p50: quantile(seconds, 0.5), p95: quantile(seconds, 0.95) },
    };
  } finally {
    await fixer.dispose();
    await classifier.dispose();
    await rm(cacheFolder, { recursive: true, force: true });
  }
}

/** @returns null where no candidate fixes it, 'needless' where an earlier fix did */
async function attempt(
  fixer: Fixer,
  request: Parameters<Fixer['fix']>[0],
): Promise<Fix | null | 'needless'> {
  try {
    return await fixer.fix(request);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'EDIT_NEEDLESS') return 'needless';
    if (code === 'NOT_FIXED') return null;
    throw error;
  }
}
