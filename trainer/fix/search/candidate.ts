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
  /** What a step computes, in passes of one picture through the whole network, about. */
  readonly cost: number;
}

/** Pictures that candidates rehearse. */
export const REHEARSED = 32;

/** The share of a pass that lies at and behind each stage, about. */
const PASS: Readonly<Record<Stage, number>> = {
  stem: 1,
  layer1: 1,
  layer2: 0.75,
  layer3: 0.5,
  layer4: 0.25,
  head: 0.01,
};

/** What is tried on every network: editor, rate, stages, and the weight of rehearsal. */
const GRID: readonly [editor: string, rate: number, stages: Stage[], rehearsal: number][] = [
  ['scaled-gradient-descent', 0.1, ['head'], 0],
  ['gradient-descent', 0.01, ['layer4'], 0],
  ['scaled-gradient-descent', 0.2, ['layer4'], 0],
  ['adam', 3e-4, ['layer4'], 0],
  ['gradient-descent', 0.01, ['layer3'], 0],
  ['gradient-descent', 0.003, ['layer3'], 0],
  ['scaled-gradient-descent', 0.2, ['layer3'], 0],
  ['rmsprop', 3e-4, ['layer3'], 0],
  ['gradient-descent', 0.01, ['layer4'], 1],
  ['gradient-descent', 0.003, ['layer3'], 1],
];

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
  // Several pictures pull in turns.
  const maxSteps = pictures === 1 ? trained.maxSteps : 4 * trained.maxSteps;
  const make = (settings: EditSettings): Candidate => ({
    name: nameOf(settings),
    settings: { ...settings, margin, maxSteps },
    cost: costOf(settings, pictures),
  });
  const rehearsal = (weight: number) =>
    weight === 0 ? null : { weight, pictures: REHEARSED, seed };
  const own = [
    trained,
    ...(editing ? [scaledRate(trained, 0.3), { ...trained, rehearsal: rehearsal(1) }] : []),
  ];
  const grid = GRID.map(([editor, rate, stages, weight]) => ({
    ...trained,
    editor: createEditor(editor, { rate }),
    stages,
    rehearsal: rehearsal(weight),
  }));
  const first = editing ? [make(trained)] : [];
  const rest = [...own, ...grid].map(make).sort((a, b) => a.cost - b.cost);
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

function costOf({ stages, rehearsal }: EditSettings, pictures: number): number {
  return PASS[firstStage(stages)] * (pictures + (rehearsal?.pictures ?? 0));
}
