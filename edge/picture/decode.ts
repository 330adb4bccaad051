import jpegWasm from '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm';
import webpWasm from '@jsquash/webp/codec/dec/webp_dec.wasm';
import {
  decodePicture,
  type PictureLimits,
} from '../../exporter/contract/picture/decode-picture.ts';
import { pictureCodecs, type WasmSource } from '../../exporter/contract/picture/picture-codecs.ts';
import type { RgbPicture } from '../../exporter/contract/picture/rgb-picture.ts';

const codecs = pictureCodecs({ jpeg: () => compiled(jpegWasm), webp: () => compiled(webpWasm) });

/**
 * Decodes the bytes of a request. The JPEG and WebP decoders are instantiated by the first picture of
 * their kind and kept for the next.
 * @throws PictureError
 */
export function decode(bytes: Uint8Array, limits: PictureLimits): Promise<RgbPicture> {
  return decodePicture(bytes, limits, codecs);
}

/** workerd compiles no WebAssembly at run time: it gives modules, and instantiates them. */
function compiled(module: WebAssembly.Module): WasmSource {
  return {
    instantiateWasm: (imports, receive) => {
      const instance = new WebAssembly.Instance(module, imports as WebAssembly.Imports);
      receive(instance);
      return instance.exports;
    },
  };
}
