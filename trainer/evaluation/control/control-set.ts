import type { PictureSet } from '../../data/picture-set.ts';

/** Which pictures an edit is held against; see the functions that make each. */
export const CONTROL_KINDS = ['clean', 'boundary', 'corrupted'] as const;
export type ControlKind = (typeof CONTROL_KINDS)[number];

/** Pictures that an edit is not meant for, to see what it does to them. */
export interface ControlSet {
  readonly kind: ControlKind;
  readonly set: PictureSet;
  /** [N], where each picture lies in the set that it was made from. */
  readonly sources: Uint32Array;
}
