import type { Engine, ValueMap } from '../engine/engine.ts';
import type { Architecture } from '../network/architecture.ts';
import { disposeValues, type HostTensor, uploadWeights, type Weights } from '../network/weights.ts';
import { checkGrounds, type EditGrounds } from './edit-grounds.ts';
import { EditInputs } from './edit-inputs.ts';
import { EditPrograms } from './edit-programs.ts';
import { AIM, MEMORY, VIEW } from './edit-step.ts';
import type { AppliedEdit, EditSettings, EditTask } from './edit-task.ts';
import { editableNames } from './editable-names.ts';
import type { SplitNetwork } from './split-network.ts';

/** Edits networks of one architecture with one editor; what it compiles is kept between edits. */
export class EditRunner {
  #engine: Engine;
  #settings: EditSettings;
  #inputs: EditInputs;
  #network: SplitNetwork;
  #programs: EditPrograms;
  #release: () => Promise<void>;

  /**
   * @param programs shared with other runners, whose owner disposes of them; its own without it
   * @throws EditorError REHEARSAL_INVALID where the settings rehearse and no picture is given;
   *   CURVATURE_MISSING, STAGES_INVALID for what a preconditioned editor needs
   */
  constructor(
    engine: Engine,
    architecture: Architecture,
    settings: EditSettings,
    grounds: EditGrounds = {},
    programs?: EditPrograms,
  ) {
    checkGrounds(settings, grounds);
    this.#engine = engine;
    this.#settings = settings;
    this.#programs = programs ?? new EditPrograms(engine, architecture);
    this.#release = programs ? async () => {} : () => this.#programs.dispose();
    this.#network = this.#programs.split(settings.stages);
    const { classes } = architecture;
    this.#inputs = new EditInputs({ engine, classes, settings, grounds, network: this.#network });
  }

  /**
   * Moves the parameters until the constraint holds with margin and enough views follow, or the steps are
   * used up (Sinitsin et al. 2020, section 3.1). Works on a copy: `weights` stay as they are.
   */
  async edit(weights: Weights, task: EditTask): Promise<AppliedEdit> {
    const { margin, maxSteps, stages, views } = this.#settings;
    const names = editableNames(weights, stages);
    const gradient = this.#programs.gradient(stages);
    const uploaded = uploadWeights(this.#engine, weights);
    const coefficients = this.#inputs.coefficients();
    const aim = this.#inputs.aim(task);
    let fixed: ValueMap = {};
    let moved: ValueMap = {};
    let memory: ValueMap = {};
    const rehearsed = this.#inputs.rehearsed(uploaded, task);
    let first: number | null = null;
    try {
      fixed = await this.#inputs.fixed(uploaded, task);
      for (let steps = 0; ; steps++) {
        const kept = await rehearsed?.of(steps);
        const inputs = { ...this.#network.suffixOf(uploaded), ...fixed, ...kept, ...moved };
        const {
          loss,
          objective,
          [`${VIEW}losses`]: viewLosses,
          ...gradients
        } = await gradient.run(inputs);
        const latest = (await loss!.read())[0]!;
        const agreeing = viewLosses ? negativeShare(await viewLosses.read()) : 1;
        viewLosses?.dispose();
        first ??= latest;
        const success = latest <= -margin && latest < 0;
        if ((success && agreeing >= (views ?? 0)) || steps === maxSteps) {
          disposeValues({ ...gradients, loss: loss!, ...(objective && { objective }) });
          const changed = await readChanged(names, moved);
          return { success, steps, lossBefore: first, lossAfter: latest, changed };
        }
        const current = Object.fromEntries(
          names.map((name) => [name, moved[name] ?? uploaded[name]!]),
        );
        const goal = { ...aim, ...(aim && { [`${AIM}objective`]: objective ?? loss! }) };
        const taken = { ...current, ...gradients, ...memory, ...coefficients, ...goal };
        const following = await this.#programs.rule(this.#settings.editor).run(taken);
        disposeValues({ ...gradients, ...moved, ...memory, loss: loss! });
        objective?.dispose();
        ({ moved, memory } = separate(following));
      }
    } finally {
      disposeValues({ ...moved, ...memory, ...fixed, ...coefficients, ...aim });
      rehearsed?.dispose();
      disposeValues(uploaded);
    }
  }

  async dispose(): Promise<void> {
    await this.#release();
  }
}

/** Parts what a rule gives into the parameters and what it carries on. */
function separate(outputs: ValueMap): { moved: ValueMap; memory: ValueMap } {
  const parts = { moved: {} as ValueMap, memory: {} as ValueMap };
  for (const [name, value] of Object.entries(outputs)) {
    parts[name.startsWith(MEMORY) ? 'memory' : 'moved'][name] = value;
  }
  return parts;
}

function negativeShare(losses: Float32Array): number {
  return losses.filter((loss) => loss < 0).length / losses.length;
}

async function readChanged(names: readonly string[], moved: ValueMap): Promise<Weights> {
  const changed = new Map<string, HostTensor>();
  for (const name of names) {
    const value = moved[name];
    if (value) changed.set(name, { shape: value.shape, data: await value.read() });
  }
  return changed;
}
