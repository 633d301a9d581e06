import type { Measurement } from '../surveys/photometry.ts';
import { ZTF } from '../surveys/ztf.ts';
import {
  NULL_BYTES,
  PRESENT_BYTES,
  bytesOf,
  containerFile,
  containerHeader,
  longBytes,
  optionalArrayBytes,
  stringBytes,
} from './avro.ts';
import { StampMaker } from './cutouts.ts';
import type { Scene } from './cutouts.ts';
import { cutoutScenes } from './packet-writer.ts';
import type { ObservedObject, PacketWriter, WrittenPacket } from './packet-writer.ts';
import { ZtfObjectRecords } from './ztf-records.ts';
import { ZTF_SCHEMA, ZTF_SCHEMA_VERSION } from './ztf-schema.ts';

const PUBLISHER = 'Nightjar simulator';
/** Letters of an object's name: seven, of twenty-six. */
const NAMES = 26 ** 7;
const HEADER = containerHeader(ZTF_SCHEMA);

/** Writes ZTF alerts of schema 4.02: one container file each. */
export class ZtfPacketWriter implements PacketWriter {
  readonly #stamps: StampMaker | null;
  readonly #records = new WeakMap<ObservedObject, ZtfObjectRecords>();
  readonly #nameOffset: number;

  /** @param options.nameOffset shifts the names, so that two skies do not share them; whole, ≥ 0 */
  constructor(options: { readonly withCutouts: boolean; readonly nameOffset: number }) {
    this.#nameOffset = options.nameOffset;
    this.#stamps = options.withCutouts
      ? new StampMaker({
          pixels: 63,
          pixelArcsec: ZTF.pixelArcsec,
          fwhmArcsec: ZTF.fwhmArcsec,
          unitNjy: 128,
          unitName: 'DN',
          isGzipped: true,
        })
      : null;
  }

  objectIdOf({ object, measurements }: ObservedObject): string {
    const first = measurements[0]?.visit.mjdTai ?? 58_200;
    const isLasting = object.source.setting.kind === 'star' || object.source.setting.kind === 'nucleus';
    const year = isLasting ? 18 : Math.floor((first - 51_544) / 365.25);
    // A factor without a common divisor with 26⁷ scatters the numbers and gives each its own name.
    let rest = (object.index * 1_000_003 + this.#nameOffset) % NAMES;
    let letters = '';
    for (let i = 0; i < 7; i++) {
      letters = String.fromCharCode(97 + (rest % 26)) + letters;
      rest = Math.floor(rest / 26);
    }
    return `ZTF${year}${letters}`;
  }

  packetOf(observed: ObservedObject, index: number): WrittenPacket {
    const measurement = observed.measurements[index];
    if (measurement === undefined)
      throw new RangeError(`Cannot pack a measurement that is not there: current index is ${index}`);
    let records = this.#records.get(observed);
    if (records === undefined) {
      records = new ZtfObjectRecords(observed);
      this.#records.set(observed, records);
    }
    const candid = records.candid(measurement);
    const objectId = this.objectIdOf(observed);
    const previous: Buffer[] = [];
    const forced: Buffer[] = [];
    const from = measurement.visit.mjdTai - ZTF.historyDays;
    for (let i = 0; i < index; i++) {
      const earlier = observed.measurements[i];
      if (earlier === undefined || earlier.visit.mjdTai < from) continue;
      previous.push(records.previous(i, earlier));
      forced.push(records.forced(i, earlier));
    }
    // The fields of the alert in the schema's order.
    const file = containerFile(HEADER, [
      ...[ZTF_SCHEMA_VERSION, PUBLISHER, objectId].map(stringBytes),
      longBytes(candid),
      ...records.candidate(index, measurement),
      optionalArrayBytes(previous),
      optionalArrayBytes(forced),
      ...this.#cutouts(records, measurement, candid),
    ]);
    return { ...file, objectId, alertId: candid, memberName: `${candid}.avro` };
  }

  /** Science, template and difference, in the schema's order. */
  #cutouts(records: ZtfObjectRecords, measurement: Measurement, candid: bigint): readonly Buffer[] {
    const stamps = this.#stamps;
    if (stamps === null) return [NULL_BYTES, NULL_BYTES, NULL_BYTES];
    const variant = Number(candid % 1009n);
    const { science, template, difference } = cutoutScenes(records.observed, measurement, {
      survey: ZTF,
      variant,
    });
    const named = (name: string, scene: Scene): Buffer =>
      Buffer.concat([
        PRESENT_BYTES,
        stringBytes(`candid${candid}_${name}.fits.gz`),
        bytesOf(stamps.stampOf(scene)),
      ]);
    return [named('targ_sci', science), named('ref', template), named('targ_scimref', difference)];
  }
}
