// @ts-check
// Runs in workerd: opens a form in onnxruntime-web as an edge worker does, and says how large the wasm
// heap became. Plain JavaScript, because workerd takes no TypeScript and this is no part of a bundle.
import factory from './onnxruntime.mjs';
import wasm from './onnxruntime.wasm';

/**
 * @typedef {object} Measurement What a request asks for, in its `measurement` header.
 * @property {string} input
 * @property {string} output
 * @property {readonly number[]} dims of the pictures that are classified, [N,3,H,W]
 * @property {number} graphBytes of the body; what follows are the weights
 * @property {boolean} inPlace whether a session uses the graph's bytes where they lie
 * @property {string | null} externalPath what the graph calls the weights, where they are its external data
 * @property {readonly { name: string, type: number, dims: readonly number[], offset: number, bytes: number }[]} tensors
 */

const PAGE_BYTES = 65536;
const POINTER_BYTES = 4;
const FLOAT32 = 1;
const CPU = 1;
const ERRORS_ONLY = 3;
const OPTIMIZE_ALL = 99;
const IN_PLACE = [
  'session.use_ort_model_bytes_directly',
  'session.use_ort_model_bytes_for_initializers',
];

export default {
  /** @param {Request} request */
  async fetch(request) {
    const measurement = JSON.parse(request.headers.get('measurement') ?? '');
    const body = new Uint8Array(await request.arrayBuffer());
    const heap = await Heap.create();
    const first = new Version(heap, measurement, body);
    first.classify();
    const alone = heap.bytes;
    const second = first.shares ? first.sibling(body) : new Version(heap, measurement, body);
    second.classify();
    return Response.json({ alone, beside: heap.bytes });
  },
};

class Heap {
  /** @param {any} module @param {WebAssembly.Memory} memory */
  constructor(module, memory) {
    this.module = module;
    this.memory = memory;
  }

  static async create() {
    /** @type {WebAssembly.Memory | undefined} */
    let memory;
    const module = await factory({
      numThreads: 1,
      locateFile: (/** @type {string} */ file) => file,
      instantiateWasm(
        /** @type {any} */ imports,
        /** @type {(instance: WebAssembly.Instance) => void} */ done,
      ) {
        memory = imports.a.a;
        growTightly(imports.a.a);
        const instance = new WebAssembly.Instance(wasm, imports);
        done(instance);
        return instance.exports;
      },
    });
    if (module._OrtInit(1, ERRORS_ONLY) !== 0) throw new Error('onnxruntime does not start');
    return new Heap(module, /** @type {WebAssembly.Memory} */ (memory));
  }

  get bytes() {
    return this.memory.buffer.byteLength;
  }

  /** @param {number} pointer @param {number} length */
  words(pointer, length) {
    return new Uint32Array(this.memory.buffer, pointer, length);
  }

  /** @param {number} bytes */
  allocate(bytes) {
    const pointer = this.module._malloc(bytes);
    if (pointer === 0) throw new Error(`the heap has no ${bytes} bytes left`);
    return pointer;
  }

  /** @param {Uint8Array} bytes */
  copy(bytes) {
    const pointer = this.allocate(bytes.length);
    new Uint8Array(this.memory.buffer, pointer, bytes.length).set(bytes);
    return pointer;
  }

  /** @param {string} text */
  text(text) {
    return this.copy(new TextEncoder().encode(`${text}\0`));
  }

  /** @param {boolean} succeeded @param {string} what */
  check(succeeded, what) {
    if (succeeded) return;
    const at = this.module.stackAlloc(2 * POINTER_BYTES);
    this.module._OrtGetLastError(at, at + POINTER_BYTES);
    throw new Error(`${what}: ${this.module.UTF8ToString(this.words(at, 2)[1])}`);
  }
}

/** A version of a model in the heap. */
class Version {
  /** @param {Heap} heap @param {Measurement} measurement @param {Uint8Array} body */
  constructor(heap, measurement, body) {
    this.heap = heap;
    this.measurement = measurement;
    this.session = this.open(body);
    this.weights = this.shares ? heap.copy(body.subarray(measurement.graphBytes)) : 0;
  }

  /** Whether versions have the session in common and differ in the weights that it is given. */
  get shares() {
    return this.measurement.tensors.length > 0;
  }

  /** @param {Uint8Array} body */
  sibling(body) {
    const weights = this.heap.copy(body.subarray(this.measurement.graphBytes));
    return Object.assign(Object.create(Version.prototype), { ...this, weights });
  }

  /** @param {Uint8Array} body */
  open(body) {
    const { heap, measurement } = this;
    const { module } = heap;
    const { graphBytes, inPlace, externalPath } = measurement;
    const options = module._OrtCreateSessionOptions(
      OPTIMIZE_ALL,
      true,
      true,
      0,
      false,
      0,
      0,
      ERRORS_ONLY,
      0,
      0,
    );
    for (const key of inPlace ? IN_PLACE : []) {
      heap.check(
        module._OrtAddSessionConfigEntry(options, heap.text(key), heap.text('1')) === 0,
        key,
      );
    }
    const graph = heap.copy(body.subarray(0, graphBytes));
    const external = externalPath === null ? 0 : heap.copy(body.subarray(graphBytes));
    if (externalPath !== null) {
      const data = new Uint8Array(heap.memory.buffer, external, body.length - graphBytes);
      module.mountExternalData(externalPath, data);
    }
    const session = module._OrtCreateSession(graph, graphBytes, options);
    module._OrtReleaseSessionOptions(options);
    heap.check(session !== 0, 'opening');
    if (externalPath !== null) {
      module.unmountExternalData();
      module._free(external);
    }
    if (!inPlace) module._free(graph);
    return session;
  }

  classify() {
    const { heap, measurement, session, weights } = this;
    const { module } = heap;
    const { input, output, dims, tensors } = measurement;
    const pictureBytes = dims.reduce((product, size) => product * size, 4);
    const pictures = heap.allocate(pictureBytes);
    const inputs = [
      { name: input, type: FLOAT32, dims, pointer: pictures, bytes: pictureBytes },
      ...tensors.map((each) => ({ ...each, pointer: weights + each.offset })),
    ];
    const names = inputs.map(({ name }) => heap.text(name));
    const handles = inputs.map((each) => {
      const shape = heap.allocate(each.dims.length * POINTER_BYTES);
      heap.words(shape, each.dims.length).set(each.dims);
      const { type, pointer, bytes } = each;
      const tensor = module._OrtCreateTensor(type, pointer, bytes, shape, each.dims.length, CPU);
      heap.check(tensor !== 0, `making the tensor ${each.name}`);
      module._free(shape);
      return tensor;
    });
    const count = inputs.length;
    const at = heap.allocate((2 * count + 2) * POINTER_BYTES);
    heap.words(at, 2 * count + 2).set([...names, ...handles, heap.text(output), 0]);
    const [values, outputName, result] = [count, 2 * count, 2 * count + 1].map(
      (slot) => at + slot * POINTER_BYTES,
    );
    heap.check(
      module._OrtRun(session, at, values, count, outputName, 1, result, 0) === 0,
      'running',
    );
    for (const handle of [...handles, heap.words(/** @type {number} */ (result), 1)[0]]) {
      module._OrtReleaseTensor(handle);
    }
    for (const pointer of [pictures, at, ...names]) module._free(pointer);
  }
}

/**
 * Refuses emscripten's attempts to grow by a fifth and by a tenth, so that it grows by a twentieth, as in
 * an edge worker.
 * @param {WebAssembly.Memory} memory
 */
function growTightly(memory) {
  const grow = memory.grow.bind(memory);
  const pages = (/** @type {number} */ bytes) => Math.ceil(bytes / PAGE_BYTES);
  let refused = 0;
  memory.grow = (asked) => {
    const bytes = memory.buffer.byteLength;
    const loose = [1.2, 1.1].some((factor) => asked === pages(bytes * factor) - pages(bytes));
    if (loose && asked !== refused) {
      refused = asked;
      throw new RangeError('Ask for less.');
    }
    refused = 0;
    return grow(asked);
  };
}
