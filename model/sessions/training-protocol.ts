import type { NamedTensors } from './runtime.ts';

/** One tensor that steps change, by the names under which a graph takes and gives it. */
export interface ProgramState {
  readonly name: string;
  /** Output with the new value. */
  readonly next: string;
  readonly shape: readonly number[];
}

/** A training step as one graph. */
export interface SingleStepProgram {
  readonly kind: 'single';
  readonly onnx: Uint8Array;
  readonly state: readonly ProgramState[];
  /** Outputs that are float32 scalars. */
  readonly metrics: readonly string[];
}

/** A graph of a step that is several, and what it is fed, by the names that it knows. */
export interface StepGraph {
  readonly onnx: Uint8Array;
  readonly inputs: readonly string[];
}

/**
 * A training step as four graphs, so that the batch is encoded a piece at a time; what each takes and gives is told with
 * `AccumulatedStep`, which it is made from.
 */
export interface AccumulatedStepProgram {
  readonly kind: 'accumulated';
  readonly encode: StepGraph;
  readonly objective: StepGraph;
  readonly accumulate: StepGraph;
  readonly update: StepGraph;
  readonly batch: number;
  /** Divides the batch. */
  readonly pieceRows: number;
  /** Inputs of the encoders with a row for each object. */
  readonly rowInputs: readonly string[];
  /** What the encoders give, by name, with the shape of one object. */
  readonly features: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly encoderParameters: readonly string[];
  readonly objectiveParameters: readonly string[];
  readonly state: readonly ProgramState[];
  /** Outputs of `objective` and of `update` that are float32 scalars. */
  readonly metrics: { readonly objective: readonly string[]; readonly update: readonly string[] };
}

/** What a step is computed by. */
export type StepProgram = SingleStepProgram | AccumulatedStepProgram;

/** The loss alone: a graph that takes some of the state and changes none. */
export interface EvaluationProgram {
  readonly onnx: Uint8Array;
  /** Names of the state tensors that it takes. */
  readonly parameters: readonly string[];
  readonly metrics: readonly string[];
}

/** Scalars that a step or an evaluation gives, by name. */
export type MetricValues = Readonly<Record<string, number>>;

/** What became of a step. */
export interface StepOutcome {
  readonly metrics: MetricValues;
  /** False if a metric is not finite: the state is still that before the step. */
  readonly isTaken: boolean;
}

export interface TrainingPrograms {
  readonly step: StepProgram;
  readonly evaluation: EvaluationProgram | null;
  /** Fed to every step and evaluation that takes them. */
  readonly constants: NamedTensors;
}

/** What a trainer asks of its worker; each request is answered once, in order. */
export type TrainingRequest =
  | {
      readonly kind: 'open';
      readonly id: number;
      readonly programs: TrainingPrograms;
      readonly state: NamedTensors;
    }
  | { readonly kind: 'step'; readonly id: number; readonly feeds: NamedTensors }
  | { readonly kind: 'evaluate'; readonly id: number; readonly feeds: NamedTensors }
  | { readonly kind: 'readState'; readonly id: number }
  | { readonly kind: 'writeState'; readonly id: number; readonly state: NamedTensors }
  | { readonly kind: 'close'; readonly id: number };
