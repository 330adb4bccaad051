import type { Compiled, Engine } from '../engine/engine.ts';
import type { Architecture, Stage } from '../network/architecture.ts';
import { gradientStep, ruleStep } from './edit-step.ts';
import type { Editor } from './editor.ts';
import { firstStage } from './first-stage.ts';
import { SplitNetwork } from './split-network.ts';

/** What edits of one architecture run, compiled once for all editors, rates and stages that share it. */
export class EditPrograms {
  readonly engine: Engine;
  readonly architecture: Architecture;
  #splits = new Map<string, SplitNetwork>();
  #compiled = new Map<string, Compiled>();

  constructor(engine: Engine, architecture: Architecture) {
    this.engine = engine;
    this.architecture = architecture;
  }

  /** The network before and from the first of `stages`. */
  split(stages: readonly Stage[]): SplitNetwork {
    const from = firstStage(stages);
    const network =
      this.#splits.get(from) ?? new SplitNetwork(this.engine, this.architecture, from);
    this.#splits.set(from, network);
    return network;
  }

  /** A compiled `gradientStep`. */
  gradient(stages: readonly Stage[]): Compiled {
    return this.#compile(`gradient of ${stages}`, () => gradientStep(this.architecture, stages));
  }

  /** A compiled `ruleStep`; it takes the editor's coefficients as inputs. */
  rule(editor: Editor): Compiled {
    return this.#compile(`rule ${editor.name}`, () => ruleStep(editor));
  }

  async dispose(): Promise<void> {
    for (const program of [...this.#splits.values(), ...this.#compiled.values()]) {
      await program.dispose();
    }
    this.#splits.clear();
    this.#compiled.clear();
  }

  #compile(key: string, make: () => Parameters<Engine['compile']>[0]): Compiled {
    const compiled = this.#compiled.get(key) ?? this.engine.compile(make());
    this.#compiled.set(key, compiled);
    return compiled;
  }
}
