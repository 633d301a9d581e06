import type { Alert, Metadata, Result, SurveyId } from '../../core/index.ts';
import type { AdapterContext, AvroRecord, Projection, SurveyAdapter, WriterSchemaName } from './adapter.ts';
import { alertFromDraft } from './alert-draft.ts';
import { CutoutReader } from './cutouts.ts';
import {
  DIA_MEASUREMENT_FIELDS,
  DIA_SOURCE_FIELDS,
  diaNamesOf,
  readDiaPoints,
  statedInDiaSource,
} from './dia-sources.ts';
import { numberFrom, ratioFrom, recordIn, surveyIdFrom } from './fields.ts';

const SURVEY = 'lsst';
const CUTOUT_FIELDS = {
  science: 'cutoutScience',
  template: 'cutoutTemplate',
  difference: 'cutoutDifference',
} as const;
const CUTOUTS = new CutoutReader(CUTOUT_FIELDS);
const SCHEMA_NAME = /^lsst\.(?:v(\d{1,4})_(\d{1,4})\.)?alert$/;
/** Rubin packets carry no context of the object that core/metadata.ts names. */
const NO_METADATA: Metadata = Object.freeze({});

const FIELDS: Projection = {
  diaSource: { ...DIA_SOURCE_FIELDS, ssObjectId: true, reliability: true, spuriousness: true },
  prvDiaSources: { ...DIA_MEASUREMENT_FIELDS, diaSourceId: true, timeWithdrawnMjdTai: true },
  prvDiaForcedSources: { ...DIA_MEASUREMENT_FIELDS, diaForcedSourceId: true, timeWithdrawnMjdTai: true },
  prvDiaNondetectionLimits: {
    midpointMjdTai: true,
    midPointTai: true,
    band: true,
    filterName: true,
    diaNoise: true,
  },
  diaObject: { diaObjectId: true },
  ssObject: { ssObjectId: true },
  ssSource: { ssObjectId: true, designation: true },
  mpc_orbits: { designation: true },
  MPCORB: { mpcDesignation: true, ssObjectId: true },
};
const FIELDS_WITH_CUTOUTS: Projection = { ...FIELDS, ...CUTOUTS.projection() };

/**
 * Rubin/LSST alerts, schema 2.0 to 11.1. Fluxes are difference PSF fluxes in nJy, times MJD TAI at mid-exposure; the
 * total flux is the forced PSF flux on the visit image (`scienceFlux`, before 5.0 `totFlux`). Before 5.0 the score was of
 * spuriousness, which is one less reliability.
 *
 * An object is its `diaObjectId`. Moving objects have none: theirs is `ss:` with the ssObjectId, or `mpc:` with the
 * designation of the Minor Planet Center; the prefix keeps them apart from every diaObjectId. A source without any of
 * them is an object of its own, `source:` with its diaSourceId.
 *
 * @source the schemas of github.com/lsst/alert_packet; ls.st/dmtn-093 for the framing
 */
export const lsstAdapter: SurveyAdapter = {
  survey: SURVEY,
  recognises: (schema) => SCHEMA_NAME.test(schema.fullName),
  projection: ({ withCutouts }) => (withCutouts ? FIELDS_WITH_CUTOUTS : FIELDS),
  cutoutFields: CUTOUT_FIELDS,
  toAlert,
};

/** `10.0` from the namespace; before 3.0 it had no version, and the wire id or the schema's attribute may tell it. */
function versionOf(schema: WriterSchemaName): string {
  const [, major, minor] = SCHEMA_NAME.exec(schema.fullName) ?? [];
  if (major !== undefined && minor !== undefined) return `${Number(major)}.${Number(minor)}`;
  if (schema.wireId !== null) return `${Math.floor(schema.wireId / 100)}.${schema.wireId % 100}`;
  return schema.version ?? 'unknown';
}

function toAlert(record: AvroRecord, context: AdapterContext): Result<Alert> {
  const diaSource = recordIn(record, 'diaSource');
  const names = diaNamesOf(diaSource);
  const scale = { names, njyPerUnit: 1, unit: 'nJy' };
  const { own, points } = readDiaPoints(record, diaSource, scale);
  return alertFromDraft(
    {
      survey: SURVEY,
      schemaVersion: versionOf(context.schema),
      objectId: objectIdOf(record, diaSource),
      raDeg: numberFrom(diaSource['ra']),
      decDeg: numberFrom(diaSource[names.dec]),
      own,
      totalFluxNjy: numberFrom(diaSource[names.totalFlux]),
      totalFluxErrNjy: numberFrom(diaSource[names.totalFluxErr]),
      realBogusRatio:
        ratioFrom(diaSource['reliability']) ?? ratioFrom(1 - numberFrom(diaSource['spuriousness'])),
      points,
      metadata: NO_METADATA,
      stated: () => statedInDiaSource(diaSource, scale),
    },
    { record, cutouts: CUTOUTS },
    context,
  );
}

/** An identifier; 0 is how Rubin packs "none". */
function idOf(value: unknown): SurveyId | null {
  const id = surveyIdFrom(value);
  return id === 0n ? null : id;
}

function objectIdOf(record: AvroRecord, diaSource: AvroRecord): SurveyId | null {
  const diaObjectId = idOf(diaSource['diaObjectId']) ?? idOf(recordIn(record, 'diaObject')['diaObjectId']);
  if (diaObjectId !== null) return diaObjectId;
  const ssSource = recordIn(record, 'ssSource');
  const orbit = recordIn(record, 'MPCORB');
  const ssObjectId =
    idOf(diaSource['ssObjectId']) ??
    idOf(ssSource['ssObjectId']) ??
    idOf(recordIn(record, 'ssObject')['ssObjectId']) ??
    idOf(orbit['ssObjectId']);
  if (ssObjectId !== null) return `ss:${ssObjectId}`;
  const designation =
    idOf(ssSource['designation']) ??
    idOf(recordIn(record, 'mpc_orbits')['designation']) ??
    idOf(orbit['mpcDesignation']);
  if (designation !== null) return `mpc:${designation}`;
  const diaSourceId = idOf(diaSource['diaSourceId']);
  return diaSourceId === null ? null : `source:${diaSourceId}`;
}
