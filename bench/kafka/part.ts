import type { Measured } from '../result.ts';

/** What one part of the benchmark found. */
export interface ReportPart {
  readonly config: Readonly<Record<string, unknown>>;
  readonly n: Readonly<Record<string, number>>;
  readonly figures: Readonly<Record<string, Measured>>;
  readonly text: string;
}

/** Where and how often the parts measure. */
export interface PartContext {
  readonly brokers: readonly string[];
  readonly rounds: number;
  readonly onProgress: (what: string) => void;
}
