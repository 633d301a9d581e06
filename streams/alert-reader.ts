import { accepted, rejected } from '../core/index.ts';
import type { Alert, Result, SourcePosition } from '../core/index.ts';
import { compileRecordReader } from './avro/record-reader.ts';
import type { RecordReader } from './avro/record-reader.ts';
import { parseSchema } from './avro/schema-nodes.ts';
import type { RecordNode, SchemaDocument, SchemaNode } from './avro/schema-nodes.ts';
import type { SurveyAdapter, WriterSchemaName } from './surveys/adapter.ts';

export interface AlertReaderOptions {
  /** Asked in this order; the first that recognises a schema reads its packets. */
  readonly adapters: readonly SurveyAdapter[];
  readonly withCutouts: boolean;
}

export interface ReadAlert {
  readonly result: Result<Alert>;
  /**
   * Position of the first byte after the record; `null` where the bytes are no record, so that it cannot be
   * told.
   */
  readonly end: number | null;
}

/** Reads the packets of one writer's schema: compiled once, used for each. */
export class AlertReader {
  readonly #reader: RecordReader;
  readonly #adapter: SurveyAdapter;
  readonly #schema: WriterSchemaName;
  readonly #withCutouts: boolean;

  constructor(
    reader: RecordReader,
    adapter: SurveyAdapter,
    context: { readonly schema: WriterSchemaName; readonly withCutouts: boolean },
  ) {
    this.#reader = reader;
    this.#adapter = adapter;
    this.#schema = context.schema;
    this.#withCutouts = context.withCutouts;
  }

  /** The packet at a position: never throws. */
  read(bytes: Buffer, position: number, source: SourcePosition): ReadAlert {
    const decoded = this.#reader.read(bytes, position);
    if (!decoded.ok) return { result: decoded, end: null };
    const { record, end } = decoded.value;
    const context = { schema: this.#schema, source, withCutouts: this.#withCutouts };
    try {
      return { result: this.#adapter.toAlert(record, context), end };
    } catch (error) {
      const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      return {
        result: rejected('ADAPTER_FAILED', `Cannot read a packet as ${this.#adapter.survey}: ${why}`),
        end,
      };
    }
  }
}

/**
 * Compiles a reader for a writer's schema.
 *
 * @param wireId Confluent schema id, or `null`
 * @returns SCHEMA_INVALID, or SURVEY_UNKNOWN where no adapter recognises the schema
 */
export function compileAlertReader(
  document: SchemaDocument,
  wireId: number | null,
  options: AlertReaderOptions,
): Result<AlertReader> {
  const parsed = parseSchema(document);
  if (!parsed.ok) return parsed;
  const records = recordsAtTop(parsed.value);
  for (const record of records) {
    const schema = { fullName: record.fullName, version: record.version, wireId };
    const adapter = options.adapters.find((candidate) => candidate.recognises(schema));
    if (adapter === undefined) continue;
    const { withCutouts } = options;
    const request = {
      fields: adapter.projection({ withCutouts }),
      presence: withCutouts ? [] : Object.values(adapter.cutoutFields),
    };
    const reader = compileRecordReader(parsed.value, new Map([[record, request]]));
    return reader.ok ? accepted(new AlertReader(reader.value, adapter, { schema, withCutouts })) : reader;
  }
  const names = records.map((record) => `"${record.fullName}"`).join(', ');
  const reason = `Cannot read a packet as any survey known: its schema is ${names === '' ? 'no record' : names}`;
  return rejected('SURVEY_UNKNOWN', reason);
}

function recordsAtTop(top: SchemaNode): readonly RecordNode[] {
  const nodes = top.kind === 'union' ? top.branches : [top];
  return nodes.filter((node) => node.kind === 'record');
}
