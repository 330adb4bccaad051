import type { Call } from './connection.ts';

/** The bytes of a PNG, JPEG or WebP file. */
export type Picture = Blob | ArrayBuffer | Uint8Array<ArrayBuffer>;

/** Pictures as numbers: bytes of any size, or float32 in [0,1] of the model's size. */
export interface Tensor {
  /** [N,H,W,3] */
  readonly shape: readonly [count: number, height: number, width: number, channels: 3];
  readonly data: Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>;
}

export interface ClassifyOptions {
  /** How many labels are answered, from 1 to all; 5 by default. */
  readonly topK?: number;
  /** The version that must answer. */
  readonly version?: number;
  /** Whether the probabilities of all labels are answered beside. */
  readonly probabilities?: boolean;
  readonly signal?: AbortSignal;
}

/** Asks about one picture. */
export function pictureCall(picture: Picture, options: ClassifyOptions): Call {
  const headers = { 'content-type': 'application/octet-stream' };
  return { ...asked(options), headers, body: blobOf(picture) };
}

/** Asks about several pictures by their names. */
export function picturesCall(
  pictures: Readonly<Record<string, Picture>>,
  options: ClassifyOptions,
): Call {
  const body = new FormData();
  for (const [name, picture] of Object.entries(pictures)) {
    body.append('picture', blobOf(picture), name);
  }
  return { ...asked(options), body };
}

/** Asks about numbers. */
export function tensorCall({ shape, data }: Tensor, options: ClassifyOptions): Call {
  const type = data instanceof Uint8Array ? 'uint8' : 'float32';
  const contentType = `application/vnd.patchwork.tensor; type=${type}; shape="${shape}"`;
  return { ...asked(options), headers: { 'content-type': contentType }, body: new Blob([data]) };
}

export function blobOf(picture: Picture): Blob {
  return picture instanceof Blob ? picture : new Blob([picture]);
}

function asked({ topK, version, probabilities, signal }: ClassifyOptions): Call {
  return { method: 'POST', query: { top_k: topK, version, probabilities }, signal };
}
