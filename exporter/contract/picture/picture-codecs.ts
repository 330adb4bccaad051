import mozjpeg from '@jsquash/jpeg/codec/dec/mozjpeg_dec.js';
import libwebp from '@jsquash/webp/codec/dec/webp_dec.js';
import { corrupt } from './picture-error.ts';
import type { RgbaPicture } from './rgba-picture.ts';

/**
 * How a runtime instantiates a decoder's WebAssembly: from its bytes, or, where only compiled modules
 * may be instantiated, by a function of the imports that hands the instance on and returns its exports.
 */
export type WasmSource =
  | { readonly wasmBinary: Uint8Array }
  | {
      readonly instantiateWasm: (imports: object, receive: (instance: unknown) => void) => unknown;
    };

/** Decoders of the formats that this project does not decode itself. JPEG comes upright by its EXIF. */
export interface PictureCodecs {
  jpeg(bytes: Uint8Array): Promise<RgbaPicture>;
  webp(bytes: Uint8Array): Promise<RgbaPicture>;
}

type Decode<Arguments extends unknown[]> = (
  bytes: Uint8Array,
  ...options: Arguments
) => RgbaPicture | null;

type Factory<Arguments extends unknown[]> = (
  options: object,
) => Promise<{ readonly decode: Decode<Arguments> }>;

/** A decoder's memory never shrinks, so one that has seen a larger picture is not kept. */
const RETAINED_PIXELS = 1024 * 1024;

/** The WebAssembly decoders of @jsquash, each instantiated when its first picture comes. */
export function pictureCodecs(sources: {
  jpeg: () => WasmSource | Promise<WasmSource>;
  webp: () => WasmSource | Promise<WasmSource>;
}): PictureCodecs {
  return {
    jpeg: codec('JPEG', mozjpeg, sources.jpeg, true),
    webp: codec('WebP', libwebp, sources.webp),
  };
}

function codec<Arguments extends unknown[]>(
  format: string,
  factory: Factory<Arguments>,
  source: () => WasmSource | Promise<WasmSource>,
  ...options: Arguments
): (bytes: Uint8Array) => Promise<RgbaPicture> {
  let complaint = '';
  let instance: ReturnType<Factory<Arguments>> | null = null;
  const start = async () =>
    factory({
      ...(await source()),
      noInitialRun: true,
      printErr: (line: string) => {
        complaint = line;
      },
    });

  return async (bytes) => {
    instance ??= start();
    const used = instance;
    let picture: RgbaPicture | null = null;
    let cause: unknown;
    // A decoder that failed may hold what it did not free: the next picture gets a fresh one.
    let keep = false;
    try {
      const decoder = await used;
      complaint = '';
      try {
        picture = decoder.decode(bytes, ...options);
      } catch (thrown) {
        cause = thrown;
      }
      keep = picture !== null && picture.width * picture.height <= RETAINED_PIXELS;
    } finally {
      if (!keep && instance === used) instance = null;
    }
    if (picture !== null) return picture;
    const reason = complaint === '' ? '' : ` (${complaint})`;
    throw corrupt(format, `cannot be decoded${reason}`, cause);
  };
}
