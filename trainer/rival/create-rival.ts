import type { NetworkGrounds } from '../control/network-grounds.ts';
import type { DataSet } from '../data/data-set.ts';
import type { EditMethod } from '../editor/edit-method.ts';
import type { EditSettings } from '../editor/edit-task.ts';
import { EditorMethod } from '../editor/editor-method.ts';
import type { Engine } from '../engine/engine.ts';
import type { Scorer } from '../evaluation/scorer.ts';
import type { Architecture } from '../network/architecture.ts';
import { calibratedRadius } from './calibrated-radius.ts';
import { ConstraintProbe } from './constraint-probe.ts';
import { ExactCache } from './exact-cache.ts';
import { FineTuning } from './fine-tuning.ts';
import { Interpolation } from './interpolation.ts';
import { lastLayer } from './last-layer.ts';
import { NearestNeighbour } from './nearest-neighbour.ts';
import { PerceptualCache } from './perceptual-cache.ts';
import { Retraining } from './retraining.ts';
import { RivalError } from './rival-error.ts';

/** What rivals are made from. */
export interface RivalContext {
  readonly engine: Engine;
  readonly architecture: Architecture;
  /** Its training pictures are rehearsed, trained on, and give nearest neighbours their radius. */
  readonly data: DataSet;
  /** Of the network before any fix: gives nearest neighbours their features. */
  readonly scorer: Scorer;
  /** What that editor needs. */
  readonly grounds: NetworkGrounds;
  /** The editor that rivals are held against: all have its margin, and interpolation goes back from it. */
  readonly settings: EditSettings;
  readonly seed: number;
  /** Where retraining keeps its checkpoints. */
  readonly folder: string;
}

const RIVALS = {
  'cache-exact': async () => new ExactCache(),
  'cache-perceptual': async () => new PerceptualCache(),
  'nearest-neighbour': async ({ scorer, data, seed }) => {
    const radius = await calibratedRadius(scorer, data.train, seed);
    return new NearestNeighbour(scorer, data.train.labelNames, radius);
  },
  'last-layer': async ({ engine, architecture, data, settings }) =>
    lastLayer({ engine, architecture, preprocessing: data.preprocessing }, settings.margin),
  'fine-tune-rehearsal': async ({ engine, architecture, data, settings, seed }) =>
    new FineTuning(engine, architecture, data, settings.margin, seed),
  retrain: async ({ engine, architecture, data, settings, seed, folder }) =>
    new Retraining({
      engine,
      architecture,
      data,
      margin: settings.margin,
      seed,
      folder,
      interval: 60,
    }),
  interpolation: async ({ engine, architecture, data, grounds: source, settings }) => {
    const { preprocessing } = data;
    const grounds = await source.of(settings);
    const editor = new EditorMethod({ engine, architecture, preprocessing, settings, grounds });
    const probe = new ConstraintProbe(engine, architecture, preprocessing);
    return new Interpolation(editor, probe, settings.margin);
  },
} satisfies Record<string, (context: RivalContext) => Promise<EditMethod>>;

export type RivalName = keyof typeof RIVALS;

export const RIVAL_NAMES = Object.keys(RIVALS) as readonly RivalName[];

/**
 * The rival of that name, with its defaults. Nearest neighbours calibrate their radius here.
 * @throws RivalError RIVAL_UNKNOWN naming those there are, PICTURES_MISSING
 */
export async function createRival(name: string, context: RivalContext): Promise<EditMethod> {
  if (Object.hasOwn(RIVALS, name)) return RIVALS[name as RivalName](context);
  throw new RivalError(
    'RIVAL_UNKNOWN',
    `There is no rival "${name}"; choose from ${RIVAL_NAMES.join(', ')}.`,
  );
}
