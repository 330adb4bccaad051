/**
 * The part of onnxruntime-web 1.30's private C API that we call, and what emscripten exports beside
 * it. Every name that an upgrade could break is here. Pointers and handles are offsets into the wasm
 * memory, sizes are in bytes, and a function that returns a status returns 0 for success.
 */
export interface OrtModule {
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  stackSave(): number;
  stackRestore(stack: number): void;
  stackAlloc(bytes: number): number;
  lengthBytesUTF8(text: string): number;
  stringToUTF8(text: string, pointer: number, capacity: number): void;
  UTF8ToString(pointer: number): string;

  _OrtInit(threads: number, logSeverity: number): number;
  /** Writes the code to `codeAt` and a pointer to the message to `messageAt`. */
  _OrtGetLastError(codeAt: number, messageAt: number): number;
  /** Frees what the API allocated: names and metadata. */
  _OrtFree(pointer: number): number;

  _OrtCreateSessionOptions(
    optimizationLevel: number,
    cpuMemoryArena: boolean,
    memoryPattern: boolean,
    executionMode: number,
    profiling: boolean,
    profilePrefix: number,
    logId: number,
    logSeverity: number,
    logVerbosity: number,
    optimizedModelPath: number,
  ): number;
  /** `key` and `value` point to NUL-terminated text, which is copied. */
  _OrtAddSessionConfigEntry(options: number, key: number, value: number): number;
  _OrtReleaseSessionOptions(options: number): number;
  /** External data that sessions created from now on find at `path`; read by `subarray` alone. */
  mountExternalData(path: string, data: ExternalData): void;
  unmountExternalData(): void;
  /** @returns a session handle, 0 for failure */
  _OrtCreateSession(model: number, modelBytes: number, options: number): number;
  _OrtReleaseSession(session: number): number;
  _OrtGetInputOutputCount(session: number, inputsAt: number, outputsAt: number): number;
  /** Inputs are counted first, then outputs. Writes pointers to the name and to the metadata. */
  _OrtGetInputOutputMetadata(
    session: number,
    index: number,
    nameAt: number,
    metadataAt: number,
  ): number;

  /** The tensor borrows `data`. @returns a tensor handle, 0 for failure */
  _OrtCreateTensor(
    elementType: number,
    data: number,
    dataBytes: number,
    dims: number,
    rank: number,
    location: number,
  ): number;
  _OrtReleaseTensor(tensor: number): number;
  /** Synchronous in this build. An output slot that holds a tensor is written into. */
  _OrtRun(
    session: number,
    inputNames: number,
    inputs: number,
    inputCount: number,
    outputNames: number,
    outputCount: number,
    outputs: number,
    runOptions: number,
  ): number;
}

/** What the glue reads external data by. */
export interface ExternalData {
  readonly byteLength: number;
  subarray(from: number, to: number): Uint8Array;
}

export const LOG_SEVERITY_ERROR = 3;
export const OPTIMIZE_NOTHING = 0;
export const OPTIMIZE_ALL = 99;
/** ONNX's numbers of the element types. */
export const ELEMENT_TYPES = { float32: 1, uint8: 2, int8: 3, int32: 6, float16: 10 } as const;
/** Session options by which a flatbuffer is used where it lies: it must outlive its session. */
export const IN_PLACE = [
  'session.use_ort_model_bytes_directly',
  'session.use_ort_model_bytes_for_initializers',
] as const;
export const LOCATION_CPU = 1;
export const POINTER_BYTES = 4;

/** Where the wasm module imports its memory from. */
export interface OrtImports extends WebAssembly.Imports {
  a: { a: WebAssembly.Memory } & WebAssembly.ModuleImports;
}
