import { blobOf, type Picture } from './classify-call.ts';
import type { Call } from './connection.ts';

/** A report of a mistake: its picture, or the request that was answered wrongly a moment ago, or both. */
export interface Report {
  readonly label: string;
  readonly picture?: Picture;
  readonly requestId?: string;
}

/** Reports a mistake. */
export function reportCall({ label, picture, requestId }: Report): Call {
  const body = new FormData();
  body.set('label', label);
  if (requestId !== undefined) body.set('requestId', requestId);
  if (picture !== undefined) body.set('picture', blobOf(picture), 'picture');
  return { method: 'POST', body };
}
