import type { Form } from '../../exporter/contract/form.ts';
import type { OrtInstance } from '../runtime/instance.ts';
import type { Session } from '../runtime/session.ts';
import type { Slot } from '../runtime/slots.ts';

/** A graph open in the runtime, which several versions may share. */
interface OpenGraph {
  readonly session: Session;
  /** The bytes that the session uses in place. */
  readonly slot: Slot | null;
  uses: number;
}

/** A version's part in an open graph. */
export interface GraphUse {
  readonly session: Session;
  /** Gives it up; the last one closes the graph. Calling it again does nothing. */
  release(): void;
}

/** The graphs that are open in an instance. Versions whose forms have the same graph share it. */
export class OpenGraphs {
  readonly #instance: OrtInstance;
  readonly #graphs = new Map<string, OpenGraph>();

  constructor(instance: OrtInstance) {
    this.#instance = instance;
  }

  has(form: Form): boolean {
    return this.#graphs.has(graphKey(form));
  }

  /** @returns null where the form's graph is not open */
  use(form: Form): GraphUse | null {
    const graph = this.#graphs.get(graphKey(form));
    if (graph === undefined) return null;
    graph.uses++;
    let used = true;
    return {
      session: graph.session,
      release: () => {
        if (used && --graph.uses === 0) this.#close(graphKey(form), graph);
        used = false;
      },
    };
  }

  /**
   * Takes in the session of a form, whose graph was not open.
   * @param slot the bytes that it uses in place, to be given back with it
   */
  add(form: Form, session: Session, slot: Slot | null): GraphUse {
    this.#graphs.set(graphKey(form), { session, slot, uses: 0 });
    return this.use(form)!;
  }

  #close(key: string, { session, slot }: OpenGraph): void {
    this.#graphs.delete(key);
    session.release();
    if (slot !== null && !this.#instance.lost) this.#instance.slots.giveBack(slot);
  }
}

/** Forms of one key run in one session. A delta's weights are inputs, external data are not. */
function graphKey({ graph, storage, weights }: Form): string {
  return storage === 'onnx-external' ? `${graph.sha256} ${weights?.sha256}` : graph.sha256;
}
