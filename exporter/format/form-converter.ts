import type { Precision } from '../contract/form.ts';
import type { Graph } from '../graph/graph.ts';
import { serialiseGraph } from '../graph/serialise-graph.ts';
import { ExportError } from './export-error.ts';
import type { ExportedForm, ExportedGraph } from './exported-graph.ts';
import { type FormKind, formName } from './form-kind.ts';
import { halfWeights } from './precision/half-weights.ts';
import type { Calibration } from './precision/int8/calibrate.ts';
import { quantiseGraph } from './precision/int8/quantise-graph.ts';
import { withExternalData } from './storage/external-data.ts';
import { openWeights, packWeights } from './storage/open-stage.ts';
import { toOrtFile } from './storage/ort-file.ts';
import { ortNodeCount } from './storage/ort-file-head.ts';

/** What forms are made of. */
export interface ConversionSource {
  /** The classifier in float32, all weights inside: one input [N,3,H,W], one output [N,classes]. */
  readonly graph: Graph;
  /** The weights that versions of one family differ in; null where the classifier belongs to none. */
  readonly family: () => ReadonlySet<string> | null;
  /** What activations an int8 form must represent. */
  readonly calibration: () => Promise<Calibration>;
}

/** A session takes no integer weights as they are, and would pack them anew in every run. */
const INTEGERS = 'the stage that its patches change is computed in integers';

/** Makes the forms of one classifier, each once. The same source gives the same bytes. */
export class FormConverter {
  readonly #source: ConversionSource;
  readonly #graphs = new Map<Precision, Promise<Graph>>();
  readonly #forms = new Map<string, Promise<ExportedForm>>();

  constructor(source: ConversionSource) {
    this.#source = source;
  }

  /**
   * @throws ExportError STAGE_UNAVAILABLE for a delta without a family, or whose weights are integers;
   *   GRAPH_UNREADABLE, RUNTIME_MISSING
   */
  convert(kind: FormKind): Promise<ExportedForm> {
    const name = formName(kind);
    const form = this.#forms.get(name) ?? this.#convert(kind);
    this.#forms.set(name, form);
    return form;
  }

  async #convert({ precision, storage }: FormKind): Promise<ExportedForm> {
    const form = { precision, storage, weights: null, tensors: [] };
    const graph = await this.#graph(precision);
    switch (storage) {
      case 'onnx':
        return { ...form, graph: onnxFile(graph, serialiseGraph(graph)) };
      case 'onnx-external': {
        const { bytes, weights } = await withExternalData(graph);
        return { ...form, graph: onnxFile(graph, bytes), weights };
      }
      case 'ort':
        return { ...form, graph: await ortFile(graph) };
      case 'delta': {
        const open = this.#open();
        const { bytes: weights, tensors } = packWeights(graph, open);
        if (tensors.some(({ type }) => type !== 'float32')) throw unavailable(INTEGERS);
        return { ...form, graph: await ortFile(openWeights(graph, open)), weights, tensors };
      }
    }
  }

  #open(): ReadonlySet<string> {
    const open = this.#source.family();
    if (open) return open;
    throw unavailable('its patches change more than the one stage that its family leaves open');
  }

  #graph(precision: Precision): Promise<Graph> {
    const known = this.#graphs.get(precision);
    if (known) return known;
    const graph = this.#convertPrecision(precision);
    this.#graphs.set(precision, graph);
    return graph;
  }

  async #convertPrecision(precision: Precision): Promise<Graph> {
    const { graph, calibration } = this.#source;
    switch (precision) {
      case 'fp32':
        return graph;
      case 'fp16':
        return halfWeights(graph);
      case 'int8':
        return quantiseGraph(graph, await calibration());
    }
  }
}

function onnxFile(graph: Graph, bytes: Uint8Array): ExportedGraph {
  return { bytes, format: 'onnx', nodes: graph.nodes.length, ...ports(graph) };
}

async function ortFile(graph: Graph): Promise<ExportedGraph> {
  const bytes = await toOrtFile(serialiseGraph(graph));
  return { bytes, format: 'ort', nodes: ortNodeCount(bytes), ...ports(graph) };
}

function ports({ opset, inputs, outputs }: Graph) {
  return { opset, input: inputs[0]!.name, output: outputs[0]!.name };
}

function unavailable(why: string): ExportError {
  return new ExportError(
    'STAGE_UNAVAILABLE',
    `This version has no such delta: ${why}. Leave it out.`,
  );
}
