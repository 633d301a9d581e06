import { METADATA_FIELD_NAMES, rejected } from '../../core/index.ts';
import type {
  Alert,
  AlertMapping,
  MetadataField,
  RefusalMapping,
  Result,
  SurveyMapping,
} from '../../core/index.ts';
import type {
  AdapterContext,
  AvroRecord,
  JsonLayout,
  Projection,
  SurveyAdapter,
  WriterSchemaName,
} from './adapter.ts';
import { alertFromDraft } from './alert-draft.ts';
import type { RequiredValue, StatedValue } from './alert-draft.ts';
import { CutoutReader } from './cutouts.ts';
import { numberFrom, ratioFrom, schemaVersionOf, signFrom, surveyIdFrom } from './fields.ts';
import { MeasurementList } from './mapped-list.ts';
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
  if (mapping.schemaName === null) return () => false;
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
  readonly list: MeasurementList;
  readonly kind: 'detection' | 'forced';
  readonly measurement: MeasurementReader;
}

class MappedAdapter implements SurveyAdapter {
  readonly survey: string;
  readonly json: JsonLayout;
  readonly recognises: (schema: WriterSchemaName) => boolean;
  readonly cutoutFields: Readonly<Record<string, string>>;
  readonly #fields: Projection;
  readonly #fieldsWithCutouts: Projection;
  readonly #cutouts: CutoutReader;
  readonly #objectId: PathReader;
  readonly #raDeg: PathReader;
  readonly #decDeg: PathReader;
  readonly #own: MeasurementReader;
  readonly #ownList: MeasurementList | null;
  readonly #totalFlux: ReturnType<typeof fluxReader> | null;
  readonly #realBogus: PathReader | null;
  readonly #realBogusMax: number;
  readonly #statedVersion: PathReader | null;
  readonly #history: readonly History[];
  readonly #metadata: readonly (readonly [MetadataField, PathReader])[];
  readonly #missingValues: ReadonlySet<unknown>;

  constructor(mapping: AlertMapping) {
    this.survey = mapping.survey;
    this.json = { envelope: mapping.envelope?.split('.') ?? [] };
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
    const ownPaths = [...this.#own.paths(), ...(this.#realBogus?.paths ?? [])];
    this.#ownList = mapping.latestOf === null ? null : new MeasurementList(mapping.latestOf, ownPaths);
    this.#statedVersion = mapping.statedVersion === null ? null : new PathReader(mapping.statedVersion);
    this.#history = mapping.history.map(({ path, layout, kind, measurement }) => {
      const reader = new MeasurementReader(measurement);
      return { list: new MeasurementList({ path, layout }, reader.paths()), kind, measurement: reader };
    });
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
    const latest = this.#ownList === null ? null : this.#latestIn(this.#ownList.items(record));
    const own = this.#own.read(latest?.item ?? record, 'detection');
    const points = new PointList();
    points.add(own);
    for (const { list, kind, measurement } of this.#history) {
      const isOwnList = latest !== null && list.path === this.#ownList?.path;
      for (const [i, item] of list.items(record).entries()) {
        if (!(isOwnList && i === latest.index)) points.add(measurement.readPast(item, kind));
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
        realBogusRatio: ratioFrom(
          numberFrom(this.#realBogus?.read(latest?.item ?? record)) / this.#realBogusMax,
        ),
        points,
        metadata: this.#metadataOf(record),
        stated: () => this.#stated(record, latest?.item ?? record),
      },
      { record, cutouts: this.#cutouts },
      context,
    );
  }

  /** The element of a list with the latest time, the first of several; `null` in a list without times. */
  #latestIn(items: readonly AvroRecord[]): { readonly item: AvroRecord; readonly index: number } | null {
    let latest: { readonly item: AvroRecord; readonly index: number } | null = null;
    let latestTime = Number.NEGATIVE_INFINITY;
    for (const [index, item] of items.entries()) {
      const time = numberFrom(this.#own.time.read(item));
      if (!(time > latestTime)) continue;
      latest = { item, index };
      latestTime = time;
    }
    return latest;
  }

  /** Every path that `toAlert` reads. */
  #paths(): readonly string[] {
    const readers = [
      this.#objectId,
      this.#raDeg,
      this.#decDeg,
      this.#totalFlux?.value,
      this.#totalFlux?.err,
      this.#ownList === null ? this.#realBogus : null,
      this.#statedVersion,
      ...this.#metadata.map(([, reader]) => reader),
    ];
    const inHistory = this.#history.flatMap(({ list }) => list.paths());
    const own = this.#ownList?.paths() ?? this.#own.paths();
    return [...readers.flatMap((reader) => reader?.paths ?? []), ...own, ...inHistory];
  }

  #metadataOf(record: AvroRecord): Alert['metadata'] {
    const packed: Partial<Record<MetadataField, unknown>> = {};
    for (const [field, reader] of this.#metadata) {
      const value = reader.read(record);
      if (!this.#missingValues.has(value)) packed[field] = value;
    }
    return metadataFromPacked(packed);
  }

  /** @param measured holds the alert's own measurement: the record, or the element of a list */
  #stated(record: AvroRecord, measured: AvroRecord): Readonly<Record<RequiredValue, StatedValue>> {
    const stated = (reader: PathReader, unit: string): StatedValue => ({
      field: reader.pathIn(record),
      value: reader.read(record),
      unit,
    });
    const prefix = this.#ownList === null ? '' : `${this.#ownList.path}.`;
    const own = (reader: PathReader, unit: string): StatedValue => ({
      field: `${prefix}${reader.pathIn(measured)}`,
      value: reader.read(measured),
      unit,
    });
    const { time, timeUnit, band, brightness, sign } = this.#own;
    const isSignMissing = sign !== null && Number.isNaN(signFrom(sign.read(measured)));
    return {
      objectId: stated(this.#objectId, ''),
      time: own(time, timeUnit),
      ra: stated(this.#raDeg, 'deg'),
      dec: stated(this.#decDeg, 'deg'),
      band: band === null ? { field: 'band', value: null, unit: '' } : own(band, ''),
      flux: isSignMissing ? own(sign, '') : own(brightness.value, brightness.unit),
      fluxErr: own(brightness.err, brightness.unit),
    };
  }
}
