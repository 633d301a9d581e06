import { METADATA_FIELD_NAMES, rejected } from '../../core/index.ts';
import type {
  Alert,
  AlertMapping,
  MetadataField,
  RefusalMapping,
  Result,
  SurveyMapping,
} from '../../core/index.ts';
import type { AdapterContext, AvroRecord, Projection, SurveyAdapter, WriterSchemaName } from './adapter.ts';
import { alertFromDraft } from './alert-draft.ts';
import type { RequiredValue, StatedValue } from './alert-draft.ts';
import { CutoutReader } from './cutouts.ts';
import { isRecord, numberFrom, ratioFrom, schemaVersionOf, signFrom, surveyIdFrom } from './fields.ts';
import { fluxReader, MeasurementReader } from './mapped-measurement.ts';
import { PathReader, projectionOf } from './mapped-path.ts';
import { metadataFromPacked } from './packet-metadata.ts';
import { PointList } from './point-list.ts';

/** An adapter that reads a survey's packets as a mapping says; records may come from Avro or from JSON. */
export function mappedAdapter(mapping: SurveyMapping): SurveyAdapter {
  return mapping.kind === 'alert' ? new MappedAdapter(mapping) : refusingAdapter(mapping);
}

/** True if the whole of the schema's name and version match the mapping's patterns. */
function recogniser(mapping: SurveyMapping): (schema: WriterSchemaName) => boolean {
  const name = new RegExp(`^(?:${mapping.schemaName})$`, 'u');
  const version = mapping.schemaVersion === null ? null : new RegExp(`^(?:${mapping.schemaVersion})$`, 'u');
  return (schema) => name.test(schema.fullName) && (version?.test(schema.version ?? '') ?? true);
}

function refusingAdapter(mapping: RefusalMapping): SurveyAdapter {
  return {
    survey: mapping.survey,
    recognises: recogniser(mapping),
    projection: () => ({}),
    cutoutFields: {},
    toAlert: (_record, context) =>
      rejected(
        'SURVEY_UNKNOWN',
        `Cannot take the packet as an alert as ${mapping.reason}: current value is "${context.schema.fullName}"`,
      ),
  };
}

interface History {
  readonly path: PathReader;
  readonly kind: 'detection' | 'forced';
  readonly measurement: MeasurementReader;
}

class MappedAdapter implements SurveyAdapter {
  readonly survey: string;
  readonly recognises: (schema: WriterSchemaName) => boolean;
  readonly cutoutFields: Readonly<Record<string, string>>;
  readonly #fields: Projection;
  readonly #fieldsWithCutouts: Projection;
  readonly #cutouts: CutoutReader;
  readonly #objectId: PathReader;
  readonly #raDeg: PathReader;
  readonly #decDeg: PathReader;
  readonly #own: MeasurementReader;
  readonly #totalFlux: ReturnType<typeof fluxReader> | null;
  readonly #realBogus: PathReader | null;
  readonly #realBogusMax: number;
  readonly #statedVersion: PathReader | null;
  readonly #history: readonly History[];
  readonly #metadata: readonly (readonly [MetadataField, PathReader])[];
  readonly #missingValues: ReadonlySet<unknown>;

  constructor(mapping: AlertMapping) {
    this.survey = mapping.survey;
    this.recognises = recogniser(mapping);
    this.cutoutFields = mapping.cutouts;
    this.#cutouts = new CutoutReader(mapping.cutouts);
    this.#objectId = new PathReader(mapping.objectId);
    this.#raDeg = new PathReader(mapping.raDeg);
    this.#decDeg = new PathReader(mapping.decDeg);
    this.#own = new MeasurementReader(mapping.measurement);
    this.#totalFlux = mapping.totalFlux === null ? null : fluxReader(mapping.totalFlux);
    this.#realBogus = mapping.realBogus === null ? null : new PathReader(mapping.realBogus.path);
    this.#realBogusMax = mapping.realBogus?.max ?? 1;
    this.#statedVersion = mapping.statedVersion === null ? null : new PathReader(mapping.statedVersion);
    this.#history = mapping.history.map(({ path, kind, measurement }) => ({
      path: new PathReader(path),
      kind,
      measurement: new MeasurementReader(measurement),
    }));
    this.#metadata = METADATA_FIELD_NAMES.flatMap((field) => {
      const paths = mapping.metadata[field];
      return paths === undefined ? [] : [[field, new PathReader(paths)] as const];
    });
    this.#missingValues = new Set(mapping.missingValues);
    this.#fields = projectionOf(this.#paths());
    this.#fieldsWithCutouts = { ...this.#fields, ...this.#cutouts.projection() };
  }

  projection({ withCutouts }: { readonly withCutouts: boolean }): Projection {
    return withCutouts ? this.#fieldsWithCutouts : this.#fields;
  }

  toAlert(record: AvroRecord, context: AdapterContext): Result<Alert> {
    const own = this.#own.read(record, 'detection');
    const points = new PointList();
    points.add(own);
    for (const { path, kind, measurement } of this.#history) {
      const items = path.read(record);
      if (!Array.isArray(items)) continue;
      for (const item of items as readonly unknown[]) {
        if (isRecord(item)) points.add(measurement.readPast(item, kind));
      }
    }
    const total = this.#totalFlux?.read(record, own.band);
    return alertFromDraft(
      {
        survey: this.survey,
        schemaVersion: schemaVersionOf(context.schema, this.#statedVersion?.read(record)),
        objectId: surveyIdFrom(this.#objectId.read(record)),
        raDeg: numberFrom(this.#raDeg.read(record)),
        decDeg: numberFrom(this.#decDeg.read(record)),
        own,
        totalFluxNjy: total?.fluxNjy ?? Number.NaN,
        totalFluxErrNjy: total?.fluxErrNjy ?? Number.NaN,
        realBogusRatio: ratioFrom(numberFrom(this.#realBogus?.read(record)) / this.#realBogusMax),
        points,
        metadata: this.#metadataOf(record),
        stated: () => this.#stated(record),
      },
      { record, cutouts: this.#cutouts },
      context,
    );
  }

  /** Every path that `toAlert` reads. */
  #paths(): readonly string[] {
    const readers = [
      this.#objectId,
      this.#raDeg,
      this.#decDeg,
      this.#totalFlux?.value,
      this.#totalFlux?.err,
      this.#realBogus,
      this.#statedVersion,
      ...this.#metadata.map(([, reader]) => reader),
    ];
    const inHistory = this.#history.flatMap(({ path, measurement }) =>
      path.paths.flatMap((list) => measurement.paths().map((inItem) => `${list}.${inItem}`)),
    );
    return [...readers.flatMap((reader) => reader?.paths ?? []), ...this.#own.paths(), ...inHistory];
  }

  #metadataOf(record: AvroRecord): Alert['metadata'] {
    const packed: Partial<Record<MetadataField, unknown>> = {};
    for (const [field, reader] of this.#metadata) {
      const value = reader.read(record);
      if (!this.#missingValues.has(value)) packed[field] = value;
    }
    return metadataFromPacked(packed);
  }

  #stated(record: AvroRecord): Readonly<Record<RequiredValue, StatedValue>> {
    const stated = (reader: PathReader, unit: string): StatedValue => ({
      field: reader.pathIn(record),
      value: reader.read(record),
      unit,
    });
    const { time, timeUnit, band, brightness, sign } = this.#own;
    const isSignMissing = sign !== null && Number.isNaN(signFrom(sign.read(record)));
    return {
      objectId: stated(this.#objectId, ''),
      time: stated(time, timeUnit),
      ra: stated(this.#raDeg, 'deg'),
      dec: stated(this.#decDeg, 'deg'),
      band: band === null ? { field: 'band', value: null, unit: '' } : stated(band, ''),
      flux: isSignMissing ? stated(sign, '') : stated(brightness.value, brightness.unit),
      fluxErr: stated(brightness.err, brightness.unit),
    };
  }
}
