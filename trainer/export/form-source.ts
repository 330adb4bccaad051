import type { ClassifierShape } from '../../exporter/format/exported-graph.ts';
import type { GoldenInputs } from '../../exporter/format/golden-vectors.ts';
import type { RuntimeName } from '../../exporter/format/runtime/open-graph.ts';
import type { Graph } from '../../exporter/graph/graph.ts';
import type { HeapBudget } from '../../exporter/heap/heap-budget.ts';
import type { HeapMeter } from '../../exporter/heap/heap-meter.ts';
import type { KeptMeasurements } from '../../exporter/measurement/kept-measurements.ts';
import type { TrainedNetwork } from '../checkpoint/checkpoint.ts';
import type { DataSet } from '../data/data-set.ts';
import type { Patch } from '../patch/patch.ts';
import type { ConversionGate } from './conversion-gate.ts';
import type { ConversionProbe } from './conversion-probe.ts';

/** What forms are made of and held against. */
export interface FormSource {
  /** The network as it is served, patches applied, in float32. */
  readonly graph: Graph;
  readonly shape: ClassifierShape;
  /** Before any patch. */
  readonly network: TrainedNetwork;
  readonly patches: readonly Patch[];
  readonly control: DataSet;
  readonly golden: GoldenInputs;
  readonly probe: ConversionProbe;
  /** What forms in float32 are asked of it. */
  readonly plainProbe: ConversionProbe;
  /** What the probe's control pictures are asked in to show what a precision costs. */
  readonly fidelityRuntime: RuntimeName;
  readonly hasParent: boolean;
  readonly gate: ConversionGate;
  readonly budget: HeapBudget;
  readonly heapMeter: HeapMeter | null;
  readonly kept: KeptMeasurements | undefined;
}

/** The engine's logits of the pictures that forms are asked. */
export interface Reference {
  readonly golden: Float32Array;
  readonly probe: Float32Array;
}
