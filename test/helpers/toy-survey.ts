import avro from 'avsc';
import type { ConfigInput } from '../../core/index.ts';
import type { TarMember } from './replays.ts';
import { containerBlock, containerHeader } from './test-packets.ts';

const SCHEMA = {
  type: 'record',
  name: 'alert',
  namespace: 'toy',
  version: '1.0',
  fields: [
    { name: 'object', type: 'string' },
    { name: 'id', type: 'long' },
    { name: 'mjd', type: 'double' },
    { name: 'ra', type: 'double' },
    { name: 'dec', type: 'double' },
    { name: 'band', type: 'string' },
    { name: 'flux', type: 'double' },
    { name: 'err', type: 'double' },
  ],
} as const;
const type = avro.Type.forSchema(SCHEMA as unknown as avro.Schema);

const FIELDS = {
  objectId: 'object',
  raDeg: 'ra',
  decDeg: 'dec',
  measurement: {
    id: 'id',
    time: { path: 'mjd', scale: 'mjdTai' },
    band: { path: 'band', letters: { g: 'g', r: 'r' } },
    flux: { path: 'flux', errPath: 'err', unit: 'njy' },
  },
} as const;

type Mapping = NonNullable<NonNullable<ConfigInput['decode']>['mappings']>[number];

/** Reads packets of the toy survey. */
export const TOY_MAPPING: Mapping = { kind: 'alert', survey: 'toy', schemaName: 'toy\\.alert', ...FIELDS };

/** Reads the same as JSON, as another survey: `told`. */
export const TOLD_MAPPING: Mapping = { kind: 'alert', survey: 'told', ...FIELDS };

/** Reads the toy survey, in which a packet is one measurement and nothing else: light curves are what tests say. */
export const TOY_CONFIG: ConfigInput = {
  window: { pointsMin: 2 },
  decode: { mappings: [TOY_MAPPING] },
};

export interface ToyValues {
  readonly ra?: number;
  readonly dec?: number;
  readonly band?: string;
  readonly flux?: number;
}

function toyRecord(object: string, mjd: number, values: ToyValues): object {
  const { ra = 150, dec = 20, band = 'g', flux = 1000 } = values;
  return { object, id: Math.round(mjd * 1000), mjd, ra, dec, band, flux, err: 10 };
}

/** A packet of the survey `told`: one JSON record. */
export function toldPacket(object: string, mjd: number, values: ToyValues = {}): Buffer {
  return Buffer.from(JSON.stringify(toyRecord(object, mjd, values)));
}

/** A packet of an object: an Avro file of one record, as a member of an archive. */
export function toyPacket(object: string, mjd: number, values: ToyValues = {}): TarMember {
  const record = toyRecord(object, mjd, values);
  const head = containerHeader(JSON.stringify(SCHEMA), 'null');
  return {
    memberName: `${object}-${mjd}.avro`,
    bytes: Buffer.concat([head, containerBlock(1, type.toBuffer(record))]),
  };
}
