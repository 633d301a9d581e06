import { z } from 'zod';
import { objectKey } from '../../core/index.ts';
import { readAbout, writeAbout } from './about-table.ts';
import { compareText } from './alert-record.ts';
import { decodeObject, encodeObject } from './object-codec.ts';
import { newestAlertAt } from './object-state.ts';
import type { ObjectState } from './object-state.ts';
import { Places } from './places.ts';
import type { SkyPosition } from './places.ts';
import { textKey } from './store-keys.ts';
import type { Tables } from './tables.ts';

/** Objects that are read at a time when all are listed. */
const LISTED_AT_A_TIME = 128;
const surveysSchema = z.array(z.string());

/** Objects by key, by object id and by position. */
export class ObjectShelf {
  readonly #tables: Tables;
  readonly #places: Places;

  constructor(tables: Tables) {
    this.#tables = tables;
    this.#places = new Places(tables, 'objectsByCell');
  }

  /** @throws PipelineError STORE_UNREADABLE if its bytes are damaged */
  load(key: string): ObjectState | null {
    const bytes = this.#tables.get('objects', textKey(key));
    return bytes === null ? null : decodeObject(bytes, key);
  }

  /** @param before the object as it was loaded; `null` for a new one */
  save(state: ObjectState, before: ObjectState | null): void {
    const key = objectKey(state.survey, state.objectId);
    this.#tables.put('objects', textKey(key), encodeObject(state));
    const position = positionOf(state);
    if (before === null) {
      this.#addSurvey(state.survey);
      this.#places.add(key, position);
      return;
    }
    const old = positionOf(before);
    if (old.raDeg === position.raDeg && old.decDeg === position.decDeg) return;
    this.#places.remove(key, old);
    this.#places.add(key, position);
  }

  nearest(position: SkyPosition, radiusArcsec: number): string | null {
    return this.#places.nearest(position, radiusArcsec);
  }

  /** Keys of the objects with an id, of whatever survey, in order. */
  keysOf(objectId: string): readonly string[] {
    return this.#surveys()
      .map((survey) => objectKey(survey, objectId))
      .filter((key) => this.#tables.get('objects', textKey(key)) !== null);
  }

  /** A number of objects in order of key from a place on; `next` is where to go on, `null` after the last. */
  listed(from: Buffer): { readonly states: readonly ObjectState[]; readonly next: Buffer | null } {
    const entries = this.#tables.range('objects', { start: from, limit: LISTED_AT_A_TIME });
    const states = entries.map(({ key, value }) => decodeObject(value, key.toString()));
    const last = entries.length < LISTED_AT_A_TIME ? undefined : entries.at(-1);
    return { states, next: last === undefined ? null : Buffer.concat([last.key, Buffer.of(0)]) };
  }

  #surveys(): readonly string[] {
    return readAbout(this.#tables, 'surveys', surveysSchema) ?? [];
  }

  #addSurvey(survey: string): void {
    const surveys = this.#surveys();
    if (surveys.includes(survey)) return;
    writeAbout(this.#tables, 'surveys', [...surveys, survey].sort(compareText));
  }
}

function positionOf(state: ObjectState): SkyPosition {
  return newestAlertAt(state, state.revision).detail;
}
