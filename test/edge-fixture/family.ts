import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Form } from '../../exporter/contract/form.ts';
import { type Manifest, serialiseManifest } from '../../exporter/contract/manifest.ts';
import { normalise } from '../../exporter/contract/picture/preprocess.ts';
import { LABELS, PREPROCESSING } from './classifier.ts';
import { noise, SIDE } from './noise.ts';
import { bytesOf, type FileGraph, type FileNode, type FileTensor, onnxFile } from './onnx-file.ts';
import type { FamilyVersion } from './provided.ts';
import { random } from './random.ts';

const FILTERS = 8;
/** Of 7 bits: where x86 has no VNNI, onnxruntime-node sums two products in 16 bits, which 8 bits pass. */
const LARGEST_INTEGER = 63;
/** The tensors of the stage that an edit would change. */
const OPEN = ['head', 'bias'];

/** A version as `FamilyVersion`, its parts still bytes. */
export interface FamilyArtifact extends Omit<FamilyVersion, 'manifest' | 'parts'> {
  readonly manifest: Manifest;
  readonly parts: ReadonlyMap<string, Uint8Array>;
}

/**
 * The versions 1 to `count` of a family, whose members have the same convolution and a head of their own,
 * in every form that the edge opens. All the logits are onnxruntime-node's, of an ONNX file.
 * @param pictures [32,32,3] bytes each, to give reference logits of
 */
export async function familyVersions(
  count: number,
  pictures: readonly Uint8Array[],
): Promise<FamilyArtifact[]> {
  const tensors = weights(1);
  const opened = (graph: Omit<FileGraph, 'open'>) =>
    ortFile(onnxFile({ ...graph, open: OPEN }, SIDE, LABELS.length));
  const openGraphs = {
    fp32: await opened({ nodes: floatNodes(), tensors }),
    int8: await opened({ nodes: integerNodes(), tensors: integerWeights(tensors) }),
  };
  const versions = Array.from({ length: count }, (_, index) => index + 1);
  return Promise.all(versions.map((version) => familyVersion(version, pictures, openGraphs)));
}

/** @param openGraphs what the deltas of a precision have in common */
async function familyVersion(
  version: number,
  pictures: readonly Uint8Array[],
  openGraphs: Readonly<Record<'fp32' | 'int8', Uint8Array>>,
): Promise<FamilyArtifact> {
  const parts = new Map<string, Uint8Array>();
  const part = (bytes: Uint8Array) => {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    parts.set(sha256, bytes);
    return { sha256, bytes: bytes.length };
  };
  const golden = [noise(200), noise(201)];
  const tensors = weights(version);
  const plain: FileGraph = { nodes: floatNodes(), tensors };
  const onnx = onnxFile(plain, SIDE, LABELS.length);
  const quantised = onnxFile(
    { nodes: integerNodes(), tensors: integerWeights(tensors) },
    SIDE,
    LABELS.length,
  );
  const fp32 = await logitsOf(onnx, [...golden, ...pictures]);
  const int8 = await logitsOf(quantised, [...golden, ...pictures]);
  const data = Buffer.concat(tensors.map((tensor) => bytesOf(tensor.data)));
  const external = part(data);
  const open = tensors.filter(({ name }) => OPEN.includes(name));
  const form = (
    precision: Form['precision'],
    storage: Form['storage'],
    file: Uint8Array,
    rest: Partial<Form> = {},
  ): Form => ({
    precision,
    storage,
    graph: {
      ...part(file),
      format: storage === 'ort' || storage === 'delta' ? 'ort' : 'onnx',
      opset: 17,
      nodes: 5,
      input: 'image',
      output: 'logits',
    },
    weights: null,
    tensors: [],
    golden: {
      tolerance: precision === 'int8' ? 0.05 : 1e-3,
      logits: (precision === 'int8' ? int8 : fp32).slice(0, golden.length),
    },
    fidelity: null,
    heap: null,
    ...rest,
  });
  let offset = 0;
  const openTensors = {
    weights: part(Buffer.concat(open.map((tensor) => bytesOf(tensor.data)))),
    tensors: open.map(({ name, type, dims, data: { byteLength } }) => {
      offset += byteLength;
      return { name, type, dims: [...dims], offset: offset - byteLength, bytes: byteLength };
    }),
  };
  const manifest: Manifest = {
    schema: 'patchwork/manifest@2',
    model: 'resnet18',
    version,
    parent: version === 1 ? null : version - 1,
    architecture: { name: 'resnet18', stem: 'cifar', width: 16 },
    labels: LABELS,
    preprocessing: PREPROCESSING,
    forms: [
      form('fp32', 'onnx', onnx),
      form(
        'fp32',
        'onnx-external',
        onnxFile({ ...plain, external: external.sha256 }, SIDE, LABELS.length),
        { weights: external },
      ),
      form('fp32', 'ort', await ortFile(onnx)),
      form('fp32', 'delta', openGraphs.fp32, openTensors),
      form('int8', 'ort', await ortFile(quantised)),
      form('int8', 'delta', openGraphs.int8, openTensors),
    ],
    golden: golden.map((pixels, index) => ({
      name: `noise ${index}`,
      pixels: Buffer.from(pixels).toString('base64'),
    })),
    fixes: [],
    provenance: { seed: version },
    signature: null,
  };
  const manifestSha256 = createHash('sha256').update(serialiseManifest(manifest)).digest('hex');
  const references = { fp32: fp32.slice(golden.length), int8: int8.slice(golden.length) };
  return { version, manifest, manifestSha256, parts, references };
}

function weights(version: number): FileTensor[] {
  const values = (seed: number, count: number, scale: number) => {
    const next = random(seed);
    return Float32Array.from({ length: count }, () => (next() * 2 - 1) * scale);
  };
  const classes = LABELS.length;
  return [
    tensor('kernel', [FILTERS, 3, 3, 3], values(77, FILTERS * 27, 1)),
    tensor('head', [FILTERS, classes], values(version, FILTERS * classes, 2)),
    tensor('bias', [classes], values(version + 500, classes, 1)),
  ];
}

function tensor(name: string, dims: number[], data: Float32Array): FileTensor {
  return { name, type: 'float32', dims, data };
}

function floatNodes(input = 'image', kernel = 'kernel', pooled = 'active'): FileNode[] {
  return [
    {
      type: 'Conv',
      inputs: [input, kernel],
      output: 'convolved',
      attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
    },
    { type: 'Relu', inputs: ['convolved'], output: 'active' },
    { type: 'GlobalAveragePool', inputs: [pooled], output: 'pooled' },
    { type: 'Flatten', inputs: ['pooled'], output: 'flat', attributes: { axis: 1 } },
    { type: 'Gemm', inputs: ['flat', 'head', 'bias'], output: 'logits' },
  ];
}

/** The convolution between QuantizeLinear and DequantizeLinear, uint8 by int8 with a scale a filter. */
function integerNodes(): FileNode[] {
  const quantised = (name: string): FileNode[] => [
    {
      type: 'QuantizeLinear',
      inputs: [name, `${name}.scale`, `${name}.zero`],
      output: `${name}.integer`,
    },
    {
      type: 'DequantizeLinear',
      inputs: [`${name}.integer`, `${name}.scale`, `${name}.zero`],
      output: `${name}.rounded`,
    },
  ];
  const [convolution, relu, ...others] = floatNodes(
    'image.rounded',
    'kernel.rounded',
    'active.rounded',
  );
  return [
    ...quantised('image'),
    {
      type: 'DequantizeLinear',
      inputs: ['kernel.integer', 'kernel.scale', 'kernel.zero'],
      output: 'kernel.rounded',
      attributes: { axis: 0 },
    },
    convolution!,
    relu!,
    ...quantised('active'),
    ...others,
  ];
}

function integerWeights([kernel, ...head]: FileTensor[]): FileTensor[] {
  const values = kernel!.data;
  const perFilter = values.length / FILTERS;
  const scales = Float32Array.from({ length: FILTERS }, (_, filter) => {
    const row = values.subarray(filter * perFilter, (filter + 1) * perFilter);
    return Math.max(...row.map(Math.abs)) / LARGEST_INTEGER;
  });
  const integers = Int8Array.from(values, (value, index) =>
    Math.round(value / scales[Math.floor(index / perFilter)]!),
  );
  const range = (name: string, scale: number, zero: number): FileTensor[] => [
    { name: `${name}.scale`, type: 'float32', dims: [], data: Float32Array.of(scale) },
    { name: `${name}.zero`, type: 'uint8', dims: [], data: Uint8Array.of(zero) },
  ];
  return [
    { name: 'kernel.integer', type: 'int8', dims: kernel!.dims, data: integers },
    { name: 'kernel.scale', type: 'float32', dims: [FILTERS], data: scales },
    { name: 'kernel.zero', type: 'int8', dims: [FILTERS], data: new Int8Array(FILTERS) },
    ...range('image', 6 / 255, 100),
    ...range('active', 40 / 255, 0),
    ...head,
  ];
}

async function logitsOf(file: Uint8Array, pictures: readonly Uint8Array[]): Promise<number[][]> {
  const session = await InferenceSession.create(file);
  const rows: number[][] = [];
  for (const pixels of pictures) {
    const input = new Tensor('float32', normalise(pixels, PREPROCESSING), [1, 3, SIDE, SIDE]);
    const { logits } = await session.run({ image: input });
    rows.push(Array.from(logits!.data as Float32Array));
  }
  await session.release();
  return rows;
}

/** onnxruntime's flatbuffer of an ONNX file, with the fusions that hold on every processor. */
async function ortFile(onnx: Uint8Array): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'patchwork-fixture-'));
  try {
    const [source, target] = [join(folder, 'graph.onnx'), join(folder, 'graph.ort')];
    await writeFile(source, onnx);
    const session = await InferenceSession.create(source, {
      graphOptimizationLevel: 'extended',
      optimizedModelFilePath: target,
      extra: { session: { save_model_format: 'ORT' } },
    });
    await session.release();
    return new Uint8Array(await readFile(target));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
