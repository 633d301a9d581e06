import type { Alert, Result, SourcePosition } from '../../core/index.ts';

/**
 * Fields to materialise, by name: `true` takes the field whole, a nested projection takes fields of the record (or of the
 * records of the array, or of the record in the union) below it. What is not named is skipped in the bytes.
 */
export interface Projection {
  readonly [field: string]: true | Projection;
}

/** A projected Avro record: longs are `bigint`, ints and floats `number`, bytes `Uint8Array`, unions unwrapped; a field that the writer's schema lacks is absent. */
export type AvroRecord = Readonly<Record<string, unknown>>;

/** What the writer's schema says of itself. */
export interface WriterSchemaName {
  /** `namespace.name` of the top record: `ztf.alert`, `lsst.v10_0.alert`. */
  readonly fullName: string;
  /** The schema's own `version` attribute, if it has one. */
  readonly version: string | null;
  /** Confluent schema id, if the packet came in that framing. */
  readonly wireId: number | null;
}

export interface AdapterContext {
  readonly schema: WriterSchemaName;
  readonly source: SourcePosition;
  /** True if the caller wants the cutouts' bytes; they are projected then. */
  readonly withCutouts: boolean;
}

/** Where the packets of a JSON message lie. */
export interface JsonLayout {
  /** Fields to go down to the record, or the list of records; none where the message is it. */
  readonly envelope: readonly string[];
}

/** One survey's packets ↔ `Alert`. Pure: same record, same alert. */
export interface SurveyAdapter {
  readonly survey: string;
  /** There for adapters that take records of JSON messages too: the same values, integers as `number` or `bigint`. */
  readonly json?: JsonLayout;
  recognises(schema: WriterSchemaName): boolean;
  /** Fields that `toAlert` reads. Cutout fields are in it only when asked for. */
  projection(options: { readonly withCutouts: boolean }): Projection;
  /**
   * Top-level fields of cutouts, by canonical name (`science`, `template`, `difference`): their presence is always told,
   * as `record[field] !== null`, and their bytes are materialised only `withCutouts`.
   */
  readonly cutoutFields: Readonly<Record<string, string>>;
  toAlert(record: AvroRecord, context: AdapterContext): Result<Alert>;
}
