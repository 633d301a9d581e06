import onnxProto from 'onnx-proto';
import type { onnx } from 'onnx-proto';
import type { OnnxAttribute, OnnxAttributes } from '../ir/op.ts';
import { ONNX_DTYPE } from '../ir/onnx-dtype.ts';
import type { Dim, DType } from '../ir/types.ts';

const { FLOAT, GRAPH, INT, INTS, STRING } = onnxProto.onnx.AttributeProto.AttributeType;

/**
 * The newest operator set that the graphs need (Gelu), and the file format of its time. ONNX Runtime 1.30 reads newer
 * ones; an older number lets older runtimes open the same file.
 */
const OPSET_VERSION = 20;
const IR_VERSION = 9;

export interface OnnxValueInfo {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly Dim[];
}

export interface OnnxInitialiser {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Little-endian elements, row-major. */
  readonly bytes: Uint8Array;
}

export interface OnnxNode {
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: OnnxAttributes;
  /** Attributes that are graphs: what control flow runs. They may read tensors of the graph that the node is in. */
  readonly subgraphs?: Readonly<Record<string, OnnxGraph>>;
}

export interface OnnxGraph {
  readonly name: string;
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  readonly initialisers: readonly OnnxInitialiser[];
  readonly nodes: readonly OnnxNode[];
}

/** A graph as an ONNX model. The same graph gives the same bytes: nothing of the time or the machine is written. */
export function encodeModel(graph: OnnxGraph): Uint8Array<ArrayBuffer> {
  const message: onnx.IModelProto = {
    irVersion: IR_VERSION,
    producerName: 'nightjar',
    opsetImport: [{ domain: '', version: OPSET_VERSION }],
    graph: graphMessage(graph),
  };
  const encoded = onnxProto.onnx.ModelProto.encode(message).finish();
  // The encoder's array may be a view on a pooled buffer: a copy can be handed to a worker.
  return new Uint8Array(encoded);
}

function graphMessage({ name, inputs, outputs, initialisers, nodes }: OnnxGraph): onnx.IGraphProto {
  return {
    name,
    node: nodes.map(nodeMessage),
    initializer: initialisers.map(({ name: tensor, dtype, shape, bytes }) => ({
      name: tensor,
      dataType: ONNX_DTYPE[dtype],
      dims: [...shape],
      rawData: bytes,
    })),
    input: inputs.map(valueInfoMessage),
    output: outputs.map(valueInfoMessage),
  };
}

function valueInfoMessage({ name, dtype, shape }: OnnxValueInfo): onnx.IValueInfoProto {
  const dim = shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: ONNX_DTYPE[dtype], shape: { dim } } } };
}

function nodeMessage({ opType, inputs, outputs, attributes, subgraphs = {} }: OnnxNode): onnx.INodeProto {
  return {
    opType,
    input: [...inputs],
    output: [...outputs],
    attribute: [
      ...Object.entries(attributes).map(([name, value]) => attributeMessage(name, value)),
      ...Object.entries(subgraphs).map(([name, graph]) => ({ name, type: GRAPH, g: graphMessage(graph) })),
    ],
  };
}

function attributeMessage(name: string, value: OnnxAttribute): onnx.IAttributeProto {
  if (typeof value === 'number') return { name, type: INT, i: value };
  if (typeof value === 'string') return { name, type: STRING, s: new TextEncoder().encode(value) };
  if ('float' in value) return { name, type: FLOAT, f: value.float };
  return { name, type: INTS, ints: [...value] };
}
