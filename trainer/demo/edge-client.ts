import { setTimeout as sleep } from 'node:timers/promises';
import { DemoError } from './demo-error.ts';

const SWAP_TIMEOUT = 60_000;

/** What `POST /classify` answers. */
export interface Classification {
  readonly version: number;
  readonly predictions: readonly { readonly label: string; readonly probability: number }[];
}

/**
 * Classifies a PNG by HTTP.
 * @throws DemoError EDGE_REFUSED with what the edge said
 */
export async function classifyPng(address: string, png: Uint8Array): Promise<Classification> {
  const response = await fetch(`${address}/classify?top_k=3`, {
    method: 'POST',
    headers: { 'content-type': 'image/png' },
    body: png as Uint8Array<ArrayBuffer>,
  });
  const body = await response.json();
  if (response.ok) return body as Classification;
  throw new DemoError('EDGE_REFUSED', `POST /classify answered ${JSON.stringify(body)}`);
}

/**
 * Classifies again and again until `version` answers.
 * @throws DemoError EDGE_NOT_SWAPPED, EDGE_REFUSED
 */
export async function classifyOnVersion(
  address: string,
  png: Uint8Array,
  version: number,
): Promise<Classification> {
  const deadline = Date.now() + SWAP_TIMEOUT;
  while (Date.now() < deadline) {
    const answer = await classifyPng(address, png);
    if (answer.version === version) return answer;
    await sleep(50);
  }
  const versions = await (await fetch(`${address}/versions`)).text();
  throw new DemoError('EDGE_NOT_SWAPPED', `Version ${version} never answered: ${versions}`);
}
