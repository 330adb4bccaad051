import type { TensorInfo } from '@tensorflow/tfjs';

/** The name under which the native packages register their backend. */
export const NATIVE_BACKEND = 'tensorflow';

/** An attribute of a TensorFlow op, `type` being one of the binding's constants. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: number | boolean | string | readonly number[];
}

/** What the project uses of the backend of @tensorflow/tfjs-node. */
export interface NativeBackend {
  readonly binding: {
    readonly TF_Version: string;
    readonly TF_FLOAT: number;
    readonly TF_ATTR_TYPE: number;
    readonly TF_ATTR_INT: number;
    readonly TF_ATTR_FLOAT: number;
    readonly TF_ATTR_BOOL: number;
    readonly TF_ATTR_STRING: number;
  };
  readonly isUsingGpuDevice: boolean;
  executeSingleOutput(
    op: string,
    attributes: readonly OpAttribute[],
    inputs: readonly TensorInfo[],
  ): TensorInfo;
  executeMultipleOutputs(
    op: string,
    attributes: readonly OpAttribute[],
    inputs: readonly TensorInfo[],
    outputCount: number,
  ): TensorInfo[];
}
