import { CodedError } from '../../exporter/contract/coded-error.ts';

/** What can go wrong between the log and the edge. */
export type ShipErrorCode =
  | 'NOTHING_TO_SHIP'
  | 'NOTHING_SERVED'
  | 'EDGE_REFUSED'
  | 'LIVE_CHECK_FAILED'
  | 'TOKEN_MISSING';

export class ShipError extends CodedError<ShipErrorCode> {}
