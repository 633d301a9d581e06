import type { Metadata, MetadataField } from '../../core/index.ts';
import { METADATA_FIELD_NAMES, mjdTai } from '../../core/index.ts';
import type { AlertDetail, AlertIdentity, AlertRecord } from './alert-record.ts';
import { readList } from './bytes.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';

/** Bit of each metadata field in an encoded record; a new field takes the next one, none is given twice. */
const METADATA_BIT: Readonly<Record<MetadataField, number>> = {
  starGalaxyRatio: 0,
  neighbourSeparationArcsec: 1,
  neighbourGMag: 2,
  neighbourRMag: 3,
  neighbourIMag: 4,
  neighbourZMag: 5,
  referenceSeparationArcsec: 6,
  referenceMag: 7,
  gaiaSeparationArcsec: 8,
  gaiaGMag: 9,
  gaiaBpRpMag: 10,
  parallaxMas: 11,
  parallaxErrMas: 12,
  properMotionMasPerYear: 13,
  jMag: 14,
  hMag: 15,
  kMag: 16,
  w1Mag: 17,
  w2Mag: 18,
  hostSeparationArcsec: 19,
  hostRedshift: 20,
  hostRedshiftErr: 21,
  hostMag: 22,
  milkyWayEbvMag: 23,
};

const FLAGS = { isLate: 1, isCopy: 2, hasDetail: 4 } as const;
const KNOWN_FLAGS = FLAGS.isLate | FLAGS.isCopy | FLAGS.hasDetail;
/** Least size of an encoded identity and record, bytes. */
const IDENTITY_BYTES_MIN = 10;
const RECORD_BYTES_MIN = 12;
const NO_METADATA: Metadata = {};
const NO_DETAIL: AlertDetail = { source: '', raDeg: 0, decDeg: 0, metadata: NO_METADATA };

/**
 * Alert records, each detail as its difference to the one before: positions share a prefix, metadata most
 * values.
 */
export function writeRecords(writer: ByteWriter, records: readonly AlertRecord[]): void {
  writer.count(records.length);
  let before = NO_DETAIL;
  for (const { identity, revision, isLate, isCopy, detail } of records) {
    writeIdentity(writer, identity);
    writer.count(revision);
    const flags = (isLate ? FLAGS.isLate : 0) | (isCopy ? FLAGS.isCopy : 0);
    writer.byte(detail === null ? flags : flags | FLAGS.hasDetail);
    if (detail === null) continue;
    writeDetail(writer, detail, before);
    before = detail;
  }
}

export function readRecords(reader: ByteReader): readonly AlertRecord[] {
  let before = NO_DETAIL;
  return readList(reader, RECORD_BYTES_MIN, () => {
    const identity = readIdentity(reader);
    const revision = reader.count();
    const flags = reader.byte();
    if ((flags & ~KNOWN_FLAGS) !== 0) {
      throw new RangeError(`Cannot read an alert record as its flags are unknown: current value is ${flags}`);
    }
    const detail = (flags & FLAGS.hasDetail) === 0 ? null : readDetail(reader, before);
    before = detail ?? before;
    const [isLate, isCopy] = [(flags & FLAGS.isLate) !== 0, (flags & FLAGS.isCopy) !== 0];
    return { identity, revision, isLate, isCopy, detail };
  });
}

export function writeIdentities(writer: ByteWriter, identities: readonly AlertIdentity[]): void {
  writer.count(identities.length);
  for (const identity of identities) writeIdentity(writer, identity);
}

export function readIdentities(reader: ByteReader): readonly AlertIdentity[] {
  return readList(reader, IDENTITY_BYTES_MIN, () => readIdentity(reader));
}

function writeIdentity(writer: ByteWriter, { mjdTai: instant, alertId, band }: AlertIdentity): void {
  writer.float64(instant);
  writer.id(alertId);
  if (alertId === null) writer.text(band);
}

function readIdentity(reader: ByteReader): AlertIdentity {
  const instant = mjdTai(reader.float64());
  const alertId = reader.id();
  return { mjdTai: instant, alertId, band: alertId === null ? reader.text() : '' };
}

function writeDetail(writer: ByteWriter, detail: AlertDetail, before: AlertDetail): void {
  const shared = sharedPrefixLength(detail.source, before.source);
  writer.count(shared);
  writer.text(detail.source.slice(shared));
  writer.float64(detail.raDeg);
  writer.float64(detail.decDeg);
  writeMetadata(writer, detail.metadata, before.metadata);
}

function readDetail(reader: ByteReader, before: AlertDetail): AlertDetail {
  const source = before.source.slice(0, reader.count()) + reader.text();
  return {
    source,
    raDeg: reader.float64(),
    decDeg: reader.float64(),
    metadata: readMetadata(reader, before.metadata),
  };
}

function sharedPrefixLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a.charCodeAt(length) === b.charCodeAt(length)) length += 1;
  // A surrogate pair is not divided: its halves have no UTF-8 of their own.
  const last = a.charCodeAt(length - 1);
  return last >= 0xd800 && last < 0xdc00 ? length - 1 : length;
}

const METADATA_BITS: readonly (readonly [field: MetadataField, bit: number])[] = METADATA_FIELD_NAMES.map(
  (field) => [field, 1 << METADATA_BIT[field]],
);

/** Which fields there are, which of them differ from the record before, and the values of those. */
export function writeMetadata(writer: ByteWriter, metadata: Metadata, before: Metadata): void {
  let present = 0;
  let changed = 0;
  for (const [field, bit] of METADATA_BITS) {
    const value = metadata[field];
    if (value === undefined) continue;
    present |= bit;
    if (!Object.is(value, before[field])) changed |= bit;
  }
  writer.uint32(present);
  writer.uint32(changed);
  if (changed === 0) return;
  for (const [field, bit] of METADATA_BITS) {
    const value = metadata[field];
    if (value !== undefined && (changed & bit) !== 0) writer.float64(value);
  }
}

/** What `writeMetadata` wrote after the same `before`. */
export function readMetadata(reader: ByteReader, before: Metadata): Metadata {
  const present = reader.uint32();
  const changed = reader.uint32();
  if (present === 0) return NO_METADATA;
  const metadata: Partial<Record<MetadataField, number>> = {};
  for (const [field, bit] of METADATA_BITS) {
    if ((present & bit) === 0) continue;
    const value = (changed & bit) === 0 ? before[field] : reader.float64();
    if (value !== undefined) metadata[field] = value;
  }
  return metadata;
}
