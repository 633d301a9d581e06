import { z } from 'zod';
import type { Alert, Spectrum } from '../../core/index.ts';
import { PipelineError } from '../../core/index.ts';
import { readAbout, writeAbout } from './about-table.ts';
import { Places } from './places.ts';
import { decodeSpectrum, encodeSpectrum } from './spectrum-codec.ts';
import type { KeptSpectrum } from './spectrum-codec.ts';
import { textKey } from './store-keys.ts';
import type { Tables } from './tables.ts';

const countSchema = z.int().nonnegative();

/** Spectra by their id, and those that objects to come may find by object id or by position. */
export class SpectrumShelf {
  readonly #tables: Tables;
  readonly #places: Places;

  constructor(tables: Tables) {
    this.#tables = tables;
    this.#places = new Places(tables, 'spectraByCell');
  }

  find(spectrumId: string): KeptSpectrum | null {
    const bytes = this.#tables.get('spectra', textKey(spectrumId));
    return bytes === null ? null : decodeSpectrum(bytes, spectrumId);
  }

  /** @throws PipelineError STORE_UNREADABLE if it is not there: a join names only what was kept before it */
  load(spectrumId: string): Spectrum {
    const kept = this.find(spectrumId);
    if (kept !== null) return kept.spectrum;
    throw new PipelineError(
      'STORE_UNREADABLE',
      `Cannot read spectrum "${spectrumId}" from the store as it is not in it`,
    );
  }

  /** Keeps a spectrum under the next number. */
  keep(spectrum: Spectrum, joinedKeys: readonly string[]): KeptSpectrum {
    const { spectrumId, objectId, raDeg, decDeg } = spectrum;
    const sequence = (readAbout(this.#tables, 'spectra', countSchema) ?? 0) + 1;
    writeAbout(this.#tables, 'spectra', sequence);
    const kept = { sequence, spectrum, joinedKeys };
    this.#tables.put('spectra', textKey(spectrumId), encodeSpectrum(kept));
    if (objectId !== null) this.#tables.put('spectraByObject', textKey(objectId), Buffer.from(spectrumId));
    if (raDeg !== null && decDeg !== null) this.#places.add(spectrumId, { raDeg, decDeg });
    return kept;
  }

  /** The spectrum that waits for a new object: the newest with its id, or else the nearest. */
  waitingFor(alert: Pick<Alert, 'objectId' | 'raDeg' | 'decDeg'>, radiusArcsec: number): string | null {
    const byId = this.#tables.get('spectraByObject', textKey(String(alert.objectId)));
    return byId?.toString() ?? this.#places.nearest(alert, radiusArcsec);
  }
}
