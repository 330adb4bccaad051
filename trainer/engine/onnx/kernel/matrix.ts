import { logicalLayout } from '../layout.ts';
import { materialise } from '../materialise.ts';
import { namedValue } from '../traced-value.ts';
import { defineKernel } from './kernel.ts';

/** Matrix products: Gemm for matrices, MatMul for stacks of them. */
export function registerMatrixKernels(): void {
  defineKernel('BatchMatMul', ({ inputs, attributes, backend }) => {
    const { builder } = backend;
    const [a, b] = [inputs.a!, inputs.b!];
    const rank = a.shape.length;
    const { transposeA, transposeB } = attributes as { transposeA: boolean; transposeB: boolean };
    const rows = a.shape[transposeA ? rank - 1 : rank - 2]!;
    const columns = b.shape[transposeB ? rank - 2 : rank - 1]!;
    const shape = [...a.shape.slice(0, -2), rows, columns];
    const [left, right] = [a, b].map((t) => materialise(builder, backend.traced(t)));
    const result = (name: string) => backend.tensorOf(namedValue(shape, logicalLayout(rank), name));
    if (rank === 2) {
      const transposed = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 };
      return result(builder.node('Gemm', [left!, right!], transposed));
    }
    const perm = [...Array(rank - 2).keys(), rank - 1, rank - 2];
    const swapped = (name: string) => builder.node('Transpose', [name], { perm });
    return result(
      builder.node('MatMul', [
        transposeA ? swapped(left!) : left!,
        transposeB ? swapped(right!) : right!,
      ]),
    );
  });
}
