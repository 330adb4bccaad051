/**
 * @import { Card } from '../../exporter/contract/card.ts'
 * @import { Classification } from '../route/classify-schema.ts'
 * @import { Problem } from '../route/problem-schema.ts'
 * @import { ReportStatus } from '../route/feedback/feedback-schema.ts'
 * @import { Ready } from '../route/health-schema.ts'
 * @import { Versions } from '../route/versions-schema.ts'
 */

/** An answer that is a problem; the message is its `detail`. */
export class EdgeProblem extends Error {
  /** @param {Problem} problem */
  constructor(problem) {
    super(problem.detail);
    this.code = problem.code;
  }
}

/**
 * @param {string} path
 * @param {RequestInit} [init]
 * @returns {Promise<Response>}
 */
async function ask(path, init) {
  const response = await fetch(path, init);
  if (response.ok) return response;
  const isProblem = response.headers.get('content-type') === 'application/problem+json';
  if (isProblem) throw new EdgeProblem(await response.json());
  throw new Error(`The server answered ${response.status}.`);
}

/**
 * @param {Blob} picture
 * @returns {Promise<Classification>}
 */
export async function classify(picture) {
  const headers = { 'content-type': 'application/octet-stream' };
  return (await ask('/classify', { method: 'POST', headers, body: picture })).json();
}

/**
 * @param {Blob} picture
 * @param {string} requestId
 * @param {string} label
 * @returns {Promise<ReportStatus>}
 */
export async function report(picture, requestId, label) {
  const body = new FormData();
  body.set('label', label);
  body.set('requestId', requestId);
  body.set('picture', picture, 'picture');
  return (await ask('/feedback', { method: 'POST', body })).json();
}

/**
 * @param {string} id
 * @returns {Promise<ReportStatus>}
 */
export async function reportStatus(id) {
  return (await ask(`/feedback/${id}`)).json();
}

/** @returns {Promise<Versions>} */
export async function versions() {
  return (await ask('/versions')).json();
}

/**
 * The version that serves, without the bucket being listed.
 * @returns {Promise<Ready>}
 */
export async function ready() {
  return (await ask('/health/ready')).json();
}

/**
 * A version's card, null where none was published.
 * @param {number} version
 * @returns {Promise<Card | null>}
 */
export async function card(version) {
  try {
    return await (await ask(`/versions/${version}/card`)).json();
  } catch (error) {
    if (error instanceof EdgeProblem && error.code === 'CARD_UNKNOWN') return null;
    throw error;
  }
}
