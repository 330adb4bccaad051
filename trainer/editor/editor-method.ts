import { type Normalisation, normalise } from '../../exporter/contract/picture/preprocess.ts';
import type { Engine } from '../engine/engine.ts';
import type { Architecture } from '../network/architecture.ts';
import { EditRunner } from './apply-editor.ts';
import type { EditGrounds } from './edit-grounds.ts';
import type { EditedModel, EditMethod, EditOutcome, EditRequest } from './edit-method.ts';
import type { EditSettings } from './edit-task.ts';
import { coefficientValues } from './editor.ts';

export interface EditorMethodOptions {
  readonly engine: Engine;
  readonly architecture: Architecture;
  /** How the network's pictures become its input. */
  readonly preprocessing: Normalisation;
  readonly settings: EditSettings;
  /** What the settings ask for. */
  readonly grounds?: EditGrounds;
}

/** An editor as a way to fix mistakes, beside its rivals: changes the weights, and adds no override. */
export class EditorMethod implements EditMethod {
  readonly name: string;
  readonly settings: Readonly<Record<string, number | string>>;
  #preprocessing: Normalisation;
  #runner: EditRunner;

  /** @throws EditorError as `EditRunner` does */
  constructor({ engine, architecture, preprocessing, settings, grounds }: EditorMethodOptions) {
    this.name = settings.editor.name;
    this.settings = describeSettings(settings);
    this.#preprocessing = preprocessing;
    this.#runner = new EditRunner(engine, architecture, settings, grounds);
  }

  async edit(model: EditedModel, { picture, label }: EditRequest): Promise<EditOutcome> {
    const { height, width } = this.#preprocessing;
    const image = normalise(picture.pixels, this.#preprocessing);
    const task = { image, height, width, label };
    const { changed, ...outcome } = await this.#runner.edit(model.weights, task);
    const weights = changed.size > 0 ? new Map([...model.weights, ...changed]) : model.weights;
    return { ...outcome, model: { ...model, weights } };
  }

  async dispose(): Promise<void> {
    await this.#runner.dispose();
  }
}

function describeSettings({
  editor,
  stages,
  margin,
  maxSteps,
  rehearsal,
}: EditSettings): Record<string, number | string> {
  return {
    ...coefficientValues(editor),
    stages: stages.join(','),
    margin,
    maxSteps,
    ...(rehearsal && {
      rehearsalWeight: rehearsal.weight,
      rehearsalPictures: rehearsal.pictures,
    }),
  };
}
