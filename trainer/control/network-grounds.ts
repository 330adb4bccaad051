import { featureCurvature } from '../curvature/feature-curvature.ts';
import { inverseCurvature } from '../curvature/inverse-curvature.ts';
import type { EditGrounds } from '../editor/edit-grounds.ts';
import type { EditSettings } from '../editor/edit-task.ts';
import { rehearsalImages } from '../editor/rehearsal.ts';
import type { Engine } from '../engine/engine.ts';
import type { ScoredNetwork } from '../evaluation/scorer.ts';
import type { HostTensor } from '../network/weights.ts';
import { ControlError } from './control-error.ts';
import { type Control, isDataSet } from './control-meter.ts';
import { keptCurvature } from './kept-curvature.ts';

/** Gives edits of one network what they are made with beside their pictures. */
export class NetworkGrounds {
  #engine: Engine;
  #network: ScoredNetwork;
  #control: Control;
  #cacheFolder: string | undefined;
  #inverse: Promise<HostTensor | null> | null = null;

  /** @param cacheFolder where the curvature is kept for later processes; without it, nowhere */
  constructor(engine: Engine, network: ScoredNetwork, control: Control, cacheFolder?: string) {
    this.#engine = engine;
    this.#network = network;
    this.#control = control;
    this.#cacheFolder = cacheFolder;
  }

  /**
   * What edits with these settings need. The curvature is taken when it is asked for first.
   * @throws EditorError REHEARSAL_INVALID; ControlError PICTURES_MISSING
   */
  async of({ editor, rehearsal }: EditSettings): Promise<EditGrounds> {
    return {
      rehearsed: rehearsal ? this.#rehearsed(rehearsal) : null,
      inverseCurvature: editor.preconditioned ? await this.#inverseCurvature() : null,
    };
  }

  #rehearsed(rehearsal: NonNullable<EditSettings['rehearsal']>): Float32Array | null {
    if (isDataSet(this.#control)) return rehearsalImages(this.#control, rehearsal);
    throw new ControlError(
      'PICTURES_MISSING',
      `Control activations of ${this.#control.name} hold no pictures to rehearse; give the data set, or leave rehearsal out.`,
    );
  }

  #inverseCurvature(): Promise<HostTensor | null> {
    this.#inverse ??= this.#curvature().then(
      (curvature) => curvature && inverseCurvature(curvature),
    );
    return this.#inverse;
  }

  async #curvature(): Promise<HostTensor | null> {
    if (!isDataSet(this.#control)) return this.#control.curvature;
    const asked = [this.#engine, this.#network, this.#control] as const;
    return this.#cacheFolder === undefined
      ? featureCurvature(...asked)
      : keptCurvature(...asked, this.#cacheFolder);
  }
}
