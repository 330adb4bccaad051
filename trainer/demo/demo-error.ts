import { CodedError } from '../../exporter/contract/coded-error.ts';

/** What can stop the demonstration. */
export type DemoErrorCode =
  | 'PORT_IN_USE'
  | 'EDGE_NOT_STARTED'
  | 'EDGE_REFUSED'
  | 'EDGE_NOT_SWAPPED'
  | 'NO_MISTAKE';

export class DemoError extends CodedError<DemoErrorCode> {}
