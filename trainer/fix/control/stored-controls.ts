import type { TrainedNetwork } from '../../checkpoint/checkpoint.ts';
import {
  type ControlActivations,
  checkActivations,
  rowsOfKind,
  selectControl,
} from '../../control/control-activations.ts';
import type { Engine } from '../../engine/engine.ts';
import { boundaryRows } from '../../evaluation/control/boundary-control.ts';
import { SuffixScorer } from '../../evaluation/suffix-scorer.ts';
import type { Stage } from '../../network/architecture.ts';
import type { HostTensor } from '../../network/weights.ts';
import type { ControlPart, ControlPictures, DescribedControls } from './control-pictures.ts';

/** Control pictures of which only activations are there: fixes are measured on them, and rehearse none. */
export interface StoredControls extends DescribedControls {
  readonly stage: Stage;
  /** [N,H',W',C'], what `stage` takes of each. */
  readonly activations: HostTensor;
  /** [N], their perceptual hashes. */
  readonly hashes: readonly Uint32Array[];
}

/** What fixes are measured on. */
export type Controls = ControlPictures | StoredControls;

/** Whether the pictures themselves are there. */
export function havePictures(controls: Controls): controls is ControlPictures {
  return 'rehearsal' in controls;
}

/** How many training pictures are there for edits to rehearse. */
export function rehearsable(controls: Controls): number {
  return havePictures(controls) ? controls.rehearsal.count : 0;
}

/**
 * Takes control sets from stored activations: the clean and the corrupted ones as they are, and of the clean
 * those that the network barely decides once more, as boundary ones.
 * @throws ControlError ACTIVATIONS_FOREIGN
 */
export async function storedControls(
  engine: Engine,
  network: TrainedNetwork,
  control: ControlActivations,
): Promise<StoredControls> {
  checkActivations(network, control);
  const { name, fingerprint, stage, curvature } = control;
  const clean = rowsOfKind(control, 'clean');
  const undecided = await undecidedRows(engine, network, control, clean);
  const kinds = [
    { kind: 'clean' as const, rows: clean },
    { kind: 'boundary' as const, rows: undecided },
    { kind: 'corrupted' as const, rows: rowsOfKind(control, 'corrupted') },
  ].filter(({ rows }) => rows.length > 0);
  const parts: ControlPart[] = [];
  const all: number[] = [];
  for (const { kind, rows } of kinds) {
    parts.push({ kind, start: all.length, count: rows.length });
    all.push(...rows);
  }
  const take = <Item>(items: readonly Item[]) => all.map((row) => items[row]!);
  return {
    name,
    fingerprint,
    stage,
    curvature,
    parts,
    ...selectControl(control, Uint32Array.from(all), control.set.name),
    sources: take(control.sources),
    digests: take(control.digests),
    hashes: take(control.hashes),
  };
}

async function undecidedRows(
  engine: Engine,
  { architecture, weights, dataSet }: TrainedNetwork,
  control: ControlActivations,
  rows: Uint32Array,
): Promise<Uint32Array> {
  const { set, activations } = selectControl(control, rows, control.set.name);
  const network = { architecture, weights, preprocessing: dataSet.preprocessing };
  const scorer = new SuffixScorer(engine, network, { keepBefore: [] });
  try {
    const { logits } = await scorer.prepareActivations(set, control.stage, activations);
    return boundaryRows(logits, architecture.classes).map((place) => rows[place]!);
  } finally {
    await scorer.dispose();
  }
}
