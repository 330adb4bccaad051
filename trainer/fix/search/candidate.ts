import type { Editing } from '../../checkpoint/checkpoint-metadata.ts';
import type { EditSettings } from '../../editor/apply-editor.ts';
import { withCoefficients } from '../../editor/coefficients.ts';
import { defaultSettings } from '../../editor/default-settings.ts';
import { coefficientValues } from '../../editor/editor.ts';
import { createEditor } from '../../editor/editors.ts';
import { firstStage } from '../../editor/first-stage.ts';
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
export const REHEARSED = 128;

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
  readonly rehearsal?: { readonly weight: number; readonly pictures: number };
}

/**
 * What is tried on every network. Those that rehearse go in small steps, since rehearsal pulls at an edit
 * only once it has changed something; they break least and cost most.
 */
const GRID: readonly GridPoint[] = [
  { editor: 'scaled-gradient-descent', rate: 0.1, stages: ['head'] },
  { editor: 'gradient-descent', rate: 0.01, stages: ['layer4'] },
  { editor: 'gradient-descent', rate: 0.01, stages: ['layer3'] },
  { editor: 'gradient-descent', rate: 3e-3, stages: ['layer3'] },
  { editor: 'rmsprop', rate: 3e-4, stages: ['layer3'] },
  {
    editor: 'gradient-descent',
    rate: 3e-3,
    stages: ['layer3'],
    rehearsal: { weight: 10, pictures: 32 },
  },
  { editor: 'adam', rate: 3e-4, stages: ['layer3'], rehearsal: { weight: 10, pictures: 128 } },
  { editor: 'adam', rate: 1e-4, stages: ['layer3'], rehearsal: { weight: 50, pictures: 128 } },
];

/** How many times the usual steps an edit may take that rehearses, or is for several pictures. */
const PATIENCE = 4;

export interface CandidateOptions {
  /** How the network was trained to be edited, where it was. */
  readonly editing: Editing | undefined;
  /** In nats. */
  readonly margin: number;
  /** Of the draw of the pictures that are rehearsed. */
  readonly seed: number;
  /** How many pictures the edit is for. */
  readonly pictures: number;
}

/**
 * The ways to make an edit that a search tries, in its order: as the network was trained to be edited,
 * since that is what it was trained for, then the cheapest first.
 */
export function candidates({ editing, margin, seed, pictures }: CandidateOptions): Candidate[] {
  const trained = defaultSettings(editing);
  const make = (settings: EditSettings): Candidate => {
    const patient = settings.rehearsal || pictures > 1;
    const maxSteps = patient ? PATIENCE * trained.maxSteps : trained.maxSteps;
    const complete = { ...settings, margin, maxSteps };
    return { name: nameOf(complete), settings: complete, cost: costOf(complete, pictures) };
  };
  const gentle = { weight: 10, pictures: 32, seed };
  const own = editing
    ? [scaledRate(trained, 0.3), { ...scaledRate(trained, 0.3), rehearsal: gentle }]
    : [];
  const grid = GRID.map(({ editor, rate, stages, rehearsal }) => ({
    ...trained,
    editor: createEditor(editor, { rate }),
    stages,
    rehearsal: rehearsal ? { ...rehearsal, seed } : null,
  }));
  const rest = [trained, ...own, ...grid].map(make).sort((a, b) => a.cost - b.cost);
  const first = editing ? [make(trained)] : [];
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

function nameOf({ editor, stages, rehearsal }: EditSettings): string {
  const rate = Number(coefficientValues(editor).rate!.toPrecision(2));
  const rehearsed = rehearsal ? `, rehearsing ${rehearsal.pictures}` : '';
  return `${editor.name} ${rate} on ${stages.join('+')}${rehearsed}`;
}

function costOf({ stages, rehearsal, maxSteps }: EditSettings, pictures: number): number {
  return maxSteps * PASS[firstStage(stages)] * (pictures + (rehearsal?.pictures ?? 0));
}
