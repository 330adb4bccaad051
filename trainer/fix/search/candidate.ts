import type { Editing } from '../../checkpoint/checkpoint-metadata.ts';
import { withCoefficients } from '../../editor/coefficients.ts';
import { defaultSettings, preconditionedSettings } from '../../editor/default-settings.ts';
import type { EditSettings } from '../../editor/edit-task.ts';
import { coefficientValues } from '../../editor/editor.ts';
import { createEditor } from '../../editor/editors.ts';
import { firstStage } from '../../editor/first-stage.ts';
import type { Rehearsal } from '../../editor/rehearsal.ts';
import { STAGES, type Stage } from '../../network/architecture.ts';

/** One way to make an edit. */
export interface Candidate {
  /** Editor, rate, stages and rehearsal, for people; tells candidates apart. */
  readonly name: string;
  readonly settings: EditSettings;
  /** What it computes at most, in passes of one picture through the whole network, about. */
  readonly cost: number;
}

/** Pictures that candidates rehearse at most. */
export const REHEARSED = 512;
/** Pictures that a step rehearses: 128 make a step thrice the work, for edits that cost others a tenth less. */
const BATCH = 32;

/** The share of a pass that lies at and behind each stage, about. */
const PASS: Readonly<Record<Stage, number>> = {
  stem: 1,
  layer1: 1,
  layer2: 0.75,
  layer3: 0.5,
  layer4: 0.25,
  extra: 0.12,
  head: 0.01,
};

interface GridPoint {
  readonly editor: string;
  readonly rate: number;
  readonly stages: readonly Stage[];
  readonly rehearsal?: UnseededRehearsal;
}

type UnseededRehearsal = Omit<Rehearsal, 'seed'>;
type Unseeded = Omit<EditSettings, 'rehearsal'> & {
  readonly rehearsal?: UnseededRehearsal | null;
};

/** Of the network's own editor: it goes too far astray at more. */
const OWN_REHEARSAL = { weight: 50, pictures: 128, batch: BATCH };
/** Of the others. Against a weight of 50, other pictures lose a quarter, for twice as many steps. */
const REHEARSAL = { weight: 400, pictures: REHEARSED, batch: BATCH };
/** The share of views that edits are for that carry over: a little more than the gate asks of the neighbours. */
const VIEWS = 0.6;

/**
 * What is tried on every network. Those that rehearse go in small steps, since rehearsal pulls at an edit
 * only once it has changed something; and they carry over to views, since to lengthen an edit until the
 * neighbours follow breaks more. They break least and cost most.
 */
const GRID: readonly GridPoint[] = [
  { editor: 'scaled-gradient-descent', rate: 0.1, stages: ['head'] },
  { editor: 'gradient-descent', rate: 0.01, stages: ['layer4'] },
  { editor: 'gradient-descent', rate: 0.01, stages: ['layer3'] },
  { editor: 'gradient-descent', rate: 3e-3, stages: ['layer3'] },
  { editor: 'rmsprop', rate: 3e-4, stages: ['layer3'] },
  ...(['layer4', 'layer3'] as const).map((stage) => ({
    editor: 'adam',
    rate: 1e-4,
    stages: [stage],
    rehearsal: REHEARSAL,
  })),
];

/** How many times the usual steps an edit may take. */
const PATIENCE = { carrying: 10, ofSeveral: 4, plain: 1 };

export interface CandidateOptions {
  /** How the network was trained to be edited, where it was. */
  readonly editing: Editing | undefined;
  /** In nats. */
  readonly margin: number;
  /** Of the draw of the pictures that are rehearsed. */
  readonly seed: number;
  /** How many pictures the edit is for. */
  readonly pictures: number;
  /** How many training pictures are there to be rehearsed; where there are none, no candidate rehearses. */
  readonly rehearsable: number;
  /** Whether the curvature of the last layer is known; where it is not, no candidate goes by it. */
  readonly curvature: boolean;
}

/**
 * The ways to make an edit that a search tries, in its order: preconditioned ones, which take milliseconds and
 * cost other pictures less than any that rehearses, the second for pictures whose neighbours do not follow; then
 * as the network was trained to be edited, since that is what it was trained for; then the cheapest first.
 */
export function candidates(options: CandidateOptions): Candidate[] {
  const { editing, margin, seed, pictures, rehearsable, curvature } = options;
  const trained = defaultSettings(editing);
  const make = (settings: Unseeded): Candidate => {
    const rehearsal = settings.rehearsal
      ? {
          ...settings.rehearsal,
          pictures: Math.min(settings.rehearsal.pictures, rehearsable),
          seed,
        }
      : null;
    const views = settings.views ?? (rehearsal ? VIEWS : null);
    const patience = views === null ? (pictures > 1 ? 'ofSeveral' : 'plain') : 'carrying';
    const maxSteps = PATIENCE[patience] * trained.maxSteps;
    const complete = { ...settings, rehearsal, margin, maxSteps, views };
    const [name, cost] = [nameOf(complete), costOf(complete, pictures)];
    return { name, settings: complete, cost };
  };
  const slower = scaledRate(trained, 0.3);
  const own = editing ? [slower, { ...slower, rehearsal: OWN_REHEARSAL }] : [];
  const grid = GRID.map(({ editor, rate, stages, rehearsal }) => ({
    ...trained,
    editor: createEditor(editor, { rate }),
    stages,
    rehearsal: rehearsal ?? null,
  }));
  const rest = [trained, ...own, ...grid]
    .filter(({ rehearsal }) => !rehearsal || rehearsable > 0)
    .map(make)
    .sort((a, b) => a.cost - b.cost);
  const preconditioned = preconditionedSettings(editing);
  const least = curvature ? [preconditioned, { ...preconditioned, views: VIEWS }] : [];
  const first = [...least, ...(editing ? [trained] : [])].map(make);
  const seen = new Set<string>();
  return [...first, ...rest].filter(({ name }) => !seen.has(name) && seen.add(name));
}

/** The stages that any of the candidates changes first. */
export function firstStages(all: readonly Candidate[]): Stage[] {
  const firsts = all.map(({ settings }) => firstStage(settings.stages));
  return STAGES.filter((stage) => firsts.includes(stage));
}

function scaledRate(settings: EditSettings, factor: number): EditSettings {
  const rate = coefficientValues(settings.editor).rate!;
  return { ...settings, editor: withCoefficients(settings.editor, { rate: rate * factor }) };
}

function nameOf({ editor, stages, rehearsal, views }: EditSettings): string {
  const rate = Number(coefficientValues(editor).rate!.toPrecision(2));
  const carried = typeof views === 'number' ? ', carrying over' : '';
  const beside = rehearsal ? `, rehearsing ${rehearsal.pictures}` : carried;
  return `${editor.name} ${rate} on ${stages.join('+')}${beside}`;
}

function costOf({ stages, rehearsal, maxSteps }: EditSettings, pictures: number): number {
  const rehearsed = rehearsal?.batch ?? rehearsal?.pictures ?? 0;
  return maxSteps * PASS[firstStage(stages)] * (pictures + rehearsed);
}
