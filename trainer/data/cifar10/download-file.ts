import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { DataError } from '../data-error.ts';

/** How far a download is, in bytes of the whole file. `total` is unknown where the server does not say it. */
export interface DownloadProgress {
  readonly received: number;
  readonly total: number | undefined;
}

type OnProgress = (progress: DownloadProgress) => void;

/**
 * Downloads `url` to `path`, unless it is there. Bytes collect in `path` + `.part`; when that is there
 * already the download goes on from its end, if the server can (RFC 9110, section 14). It becomes `path`
 * only with the right MD5; with a wrong one it is removed, so that the next call starts afresh.
 * @throws DataError DOWNLOAD_FAILED, keeping what has come, or DOWNLOAD_CORRUPT
 */
export async function downloadFile(
  url: string,
  path: string,
  md5: string,
  onProgress: OnProgress,
): Promise<void> {
  if ((await sizeOf(path)) > 0) {
    const digest = await md5Of(path);
    if (digest === md5) return;
    throw new DataError(
      'DOWNLOAD_CORRUPT',
      `${path} has the MD5 ${digest} instead of ${md5}: it is not the file to be downloaded. Move it away and run the command again.`,
    );
  }
  const part = `${path}.part`;
  await receive(url, part, onProgress);
  const digest = await md5Of(part);
  if (digest !== md5) {
    await rm(part);
    throw new DataError(
      'DOWNLOAD_CORRUPT',
      `What came from ${url} has the MD5 ${digest} instead of ${md5}, so it was thrown away. Run the command again; if this repeats, the file at that address has changed.`,
    );
  }
  await rename(part, path);
}

async function receive(url: string, part: string, onProgress: OnProgress): Promise<void> {
  const kept = await sizeOf(part);
  const response = await request(url, kept);
  const range = contentRange(response);
  const resumes = response.status === 206 && range.start === kept;
  if (resumes || response.status === 200) {
    return append(response, url, part, resumes ? kept : 0, onProgress);
  }
  await response.body?.cancel();
  if (kept > 0 && (response.status === 416 || response.status === 206)) {
    if (range.total === kept) return;
    await rm(part);
    return receive(url, part, onProgress);
  }
  throw new DataError(
    'DOWNLOAD_FAILED',
    `${url} answered ${response.status} ${response.statusText}. Try again later, or give another address of the same file.`,
  );
}

async function request(url: string, start: number): Promise<Response> {
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (start > 0) headers.range = `bytes=${start}-`;
  try {
    return await fetch(url, { headers });
  } catch (cause) {
    throw new DataError(
      'DOWNLOAD_FAILED',
      `${url} cannot be reached (${reason(cause)}). Check the connection to the internet; nothing that came earlier is lost.`,
      { cause },
    );
  }
}

/** Writes a response to `part` from byte `start` on, one chunk after another, so that what is there is a prefix of the file. */
async function append(
  response: Response,
  url: string,
  part: string,
  start: number,
  onProgress: OnProgress,
): Promise<void> {
  const length = response.headers.get('content-length');
  const total = length === null ? undefined : start + Number(length);
  let received = start;
  const file = await open(part, start > 0 ? 'a' : 'w');
  onProgress({ received, total });
  try {
    for await (const chunk of response.body ?? []) {
      await file.appendFile(chunk);
      received += chunk.length;
      onProgress({ received, total });
    }
  } catch (cause) {
    throw new DataError(
      'DOWNLOAD_FAILED',
      `The download of ${url} broke off after ${received} of ${total ?? 'an unknown number of'} bytes (${reason(cause)}). What has come is kept in ${part}: run the command again to go on.`,
      { cause },
    );
  } finally {
    await file.close();
  }
}

/** Reads `bytes START-END/TOTAL`, or the `bytes` `*`/TOTAL of an answer 416; NaN for what is not said. */
function contentRange(response: Response): { start: number; total: number } {
  const header = response.headers.get('content-range') ?? '';
  const match = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(header);
  return { start: Number(match?.[1]), total: Number(match?.[2]) };
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

async function md5Of(path: string): Promise<string> {
  const hash = createHash('md5');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** The innermost message, since fetch says no more than "fetch failed". */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reason(error.cause);
  return error.message || (error as NodeJS.ErrnoException).code || error.name;
}
