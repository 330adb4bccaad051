import type { DataType, Tensor, TensorInfo } from '@tensorflow/tfjs';

/** The name under which the native packages register their backend. */
export const NATIVE_BACKEND = 'tensorflow';

/** An attribute of a TensorFlow op, `type` being one of the binding's constants. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: number | boolean | string | readonly number[];
}

/** A tensor of TensorFlow's, held until it is deleted by its number. */
export interface NativeTensor {
  readonly id: number;
  readonly shape: number[];
  /** One of the binding's constants. */
  readonly dtype: number;
}

/** What the project uses of the backend of @tensorflow/tfjs-node. */
export interface NativeBackend {
  readonly binding: {
    readonly TF_Version: string;
    readonly TF_FLOAT: number;
    readonly TF_INT32: number;
    readonly TF_ATTR_TYPE: number;
    readonly TF_ATTR_INT: number;
    readonly TF_ATTR_FLOAT: number;
    readonly TF_ATTR_BOOL: number;
    readonly TF_ATTR_STRING: number;
    executeOp(
      op: string,
      attributes: readonly OpAttribute[],
      inputs: readonly number[],
      outputCount: number,
    ): NativeTensor[];
    deleteTensor(id: number): void;
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
  getDTypeInteger(dtype: DataType): number;
  /** The native tensors' numbers, those made first that were only on the host so far. */
  getInputTensorIds(inputs: readonly TensorInfo[]): number[];
  /** Takes over a native tensor. */
  createOutputTensor(tensor: NativeTensor): Tensor;
  /** Whether nobody uses the data any more, and it is gone. */
  disposeData(dataId: TensorInfo['dataId'], force?: boolean): boolean;
}
