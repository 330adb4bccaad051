import { ContractError } from '../../exporter/contract/contract-error.ts';
import type { Form, Part } from '../../exporter/contract/form.ts';
import type { GraphSignature } from '../runtime/graph-signature.ts';
import type { OrtInstance } from '../runtime/instance.ts';
import { OpenTensors } from '../runtime/open-tensors.ts';
import { RuntimeError } from '../runtime/runtime-error.ts';
import { Session } from '../runtime/session.ts';
import type { ChannelStore, StoredManifest } from './channel-store.ts';
import type { LoadLease } from './load-lease.ts';
import { LoadedVersion } from './loaded-version.ts';
import { isInPlace, type MemoryNeed } from './memory-need.ts';
import type { GraphUse, OpenGraphs } from './open-graphs.ts';
import { type OwnedSlot, ownSlot, reserve } from './owned-memory.ts';
import { receivePart } from './receive-part.ts';
import type { Turnstile } from './turnstile.ts';

/** A form of a version, and where it is to be loaded. */
export interface FormLoad {
  readonly instance: OrtInstance;
  readonly graphs: OpenGraphs;
  readonly store: ChannelStore;
  /** Lets what is done in one piece in between the inferences. */
  readonly turnstile: Turnstile;
  readonly stored: StoredManifest;
  readonly form: Form;
  readonly need: MemoryNeed;
}

/**
 * Brings a form of a version into the heap: room made sure of, parts streamed and hashed, the graph
 * opened unless it is, and the golden vectors run. What it holds is released when `lease` ends, unless
 * that is kept.
 * @throws VersionError, ContractError or RuntimeError: why it must not serve
 */
export async function loadForm(load: FormLoad, lease: LoadLease): Promise<LoadedVersion> {
  const { instance, graphs, store, turnstile, stored, form, need } = load;
  checkTensors(form);
  const open = graphs.use(form);
  if (open) lease.own(open.release);
  const graphSlot = open ? null : ownSlot(instance, need.graph, lease);
  const weightsSlot = form.weights && need.weights ? ownSlot(instance, need.weights, lease) : null;
  const letGo = open ? null : reserve(instance, need, lease);
  const receive = async (part: Part, { slot }: OwnedSlot) => {
    const body = await store.part(part.sha256);
    lease.check();
    await receivePart(instance.heap, slot.pointer, part, body, lease);
  };
  if (graphSlot) await receive(form.graph, graphSlot);
  if (form.weights && weightsSlot) await receive(form.weights, weightsSlot);
  const graph = open
    ? sameGraph(open, load)
    : await turnstile.step(() => {
        lease.check();
        letGo?.();
        const opened = openGraph(load, graphSlot!, weightsSlot);
        lease.own(opened.release);
        return opened;
      });
  lease.check();
  const delta = form.storage === 'delta' ? weightsSlot : null;
  const weights = delta && new OpenTensors(instance, form.tensors, delta.slot.pointer);
  if (!delta) weightsSlot?.release();
  const version = new LoadedVersion(stored, form, {
    session: graph.session,
    weights,
    release: () => {
      weights?.release();
      delta?.release();
      graph.release();
    },
  });
  lease.own(() => version.release());
  await version.passGolden(turnstile, lease);
  return version;
}

function openGraph(load: FormLoad, graph: OwnedSlot, weights: OwnedSlot | null): GraphUse {
  const { instance, graphs, form } = load;
  const inPlace = isInPlace(form);
  // Half weights are unfolded by an optimisation, which a flatbuffer of them awaits.
  const optimised = inPlace && form.precision !== 'fp16';
  const external =
    form.storage === 'onnx-external' && form.weights && weights
      ? { path: form.weights.sha256, slot: { ...weights.slot, bytes: form.weights.bytes } }
      : null;
  const bytes = { pointer: graph.slot.pointer, bytes: form.graph.bytes };
  const session = Session.open(instance, bytes, signatureOf(load), {
    inPlace,
    optimised,
    external,
  });
  if (inPlace) return graphs.add(form, session, graph.handOver());
  graph.release();
  return graphs.add(form, session, null);
}

/** @throws RuntimeError GRAPH_REFUSED where the manifest describes the graph otherwise than the one before */
function sameGraph(graph: GraphUse, load: FormLoad): GraphUse {
  const wanted = JSON.stringify(signatureOf(load));
  if (JSON.stringify(graph.session.signature) === wanted) return graph;
  throw new RuntimeError(
    'GRAPH_REFUSED',
    'The manifest describes the ports of its graph otherwise than that of another version with the same graph; export it again.',
  );
}

function signatureOf({ stored, form }: FormLoad): GraphSignature {
  const { preprocessing, labels } = stored.manifest;
  return {
    input: form.graph.input,
    output: form.graph.output,
    height: preprocessing.height,
    width: preprocessing.width,
    classes: labels.length,
    tensors: form.tensors.map(({ name, type, dims }) => ({ name, type, dims })),
  };
}

const ELEMENT_BYTES = { float32: 4, float16: 2, int8: 1, uint8: 1, int32: 4 } as const;

/** @throws ContractError MANIFEST_INVALID where a tensor's size is not that of its bytes */
function checkTensors({ tensors }: Form): void {
  for (const { name, type, dims, bytes } of tensors) {
    if (dims.reduce((product, dim) => product * dim, ELEMENT_BYTES[type]) === bytes) continue;
    throw new ContractError(
      'MANIFEST_INVALID',
      `Tensor ${name} is ${type} [${dims}], which is not ${bytes} bytes; export the version again.`,
    );
  }
}
