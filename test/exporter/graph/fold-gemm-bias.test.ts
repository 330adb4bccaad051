import { expect, test } from 'vitest';
import { foldGemmBias } from '../../../exporter/graph/fold-gemm-bias.ts';
import { GraphBuilder } from '../../../exporter/graph/graph-builder.ts';

function linear(biasDims: number[], write?: (builder: GraphBuilder, product: string) => void) {
  const builder = new GraphBuilder();
  const x = builder.input('x', ['N', 2]);
  const matrix = builder.initializer(new Float32Array(6), [2, 3], 'matrix');
  const product = builder.node('Gemm', [x, matrix]);
  const bias = builder.initializer(new Float32Array(3), biasDims, 'bias');
  builder.output('y', builder.node('Add', [product, bias]), ['N', 3]);
  write?.(builder, product);
  return foldGemmBias(builder.build());
}

test('a bias vector behind a Gemm becomes its third input', () => {
  const { nodes } = linear([3]);
  expect(nodes).toMatchObject([
    { opType: 'Gemm', inputs: ['x', 'matrix', 'bias'], outputs: ['y'] },
  ]);
});

test('other additions stay', () => {
  expect(linear([1, 3]).nodes.map(({ opType }) => opType)).toEqual(['Gemm', 'Add']);
  const shared = linear([3], (builder, product) => {
    builder.output('z', builder.node('Relu', [product]), ['N', 3]);
  });
  expect(shared.nodes.map(({ opType }) => opType)).toEqual(['Gemm', 'Add', 'Relu']);
});
