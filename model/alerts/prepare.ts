import type { JoinedObject, Metadata } from '../../core/index.ts';
import { photometryGlobals } from './global-inputs.ts';
import { metadataInputs } from './metadata-inputs.ts';
import { photometryContext, type PhotometrySettings } from './photometry-context.ts';
import { tabulate, type PhotometryTable } from './photometry-table.ts';
import { spectrumInputs, type SpectrumColumns, type SpectrumSettings } from './spectrum-grid.ts';
import { photometryTokens, TOKEN_INPUTS } from './token-inputs.ts';

/** Everything that preparing an object depends on besides the object; frozen in a release. */
export interface PreparationSettings {
  readonly photometry: PhotometrySettings;
  readonly spectrum: SpectrumSettings;
}

/** An object as columns: cheap to hand to a worker. */
export interface TabulatedObject {
  readonly photometry: PhotometryTable;
  readonly metadata: Metadata;
  readonly spectrum: SpectrumColumns | null;
  /** See `JoinedObject.keptPeriods`. */
  readonly keptPeriods: Uint8Array | null;
}

/** What the encoders see of an object, before the release's statistics encode it. Every number but NaN is finite. */
export interface PreparedObject {
  /** [tokenCount × TOKEN_INPUTS.length] */
  readonly tokens: Float32Array;
  /** ≥ 1 */
  readonly tokenCount: number;
  /** [GLOBAL_INPUTS.length] NaN where missing */
  readonly globals: Float64Array;
  /** [SPECTRUM_INPUTS.length × samples]; `null` without a usable spectrum */
  readonly spectrum: Float32Array | null;
  /** [METADATA_INPUTS.length] NaN where missing; `null` without any field */
  readonly metadata: Float64Array | null;
  /** What the period search left to keep; `null` where nothing is new. */
  readonly periodsToKeep: Uint8Array | null;
}

export function tabulatedObject(object: JoinedObject): TabulatedObject {
  return {
    photometry: tabulate(object.lightCurve),
    metadata: object.metadata,
    spectrum: object.spectrum === null ? null : ownColumns(object.spectrum),
    // A copy: the bytes may be a view of a large buffer.
    keptPeriods: object.keptPeriods?.slice() ?? null,
  };
}

/** Columns in buffers of their own: a view would be sent with all of the buffer behind it. */
function ownColumns({ wavelengthAngstrom, flux, fluxErr }: SpectrumColumns): SpectrumColumns {
  return {
    wavelengthAngstrom: wavelengthAngstrom.slice(),
    flux: flux.slice(),
    fluxErr: fluxErr?.slice() ?? null,
  };
}

/**
 * Computes an object's inputs: pure, so that it may run in any thread.
 *
 * @complexity mostly the period search: to 25 ms for a baseline of years, none for fewer than 20 points or where what was kept
 *   still holds
 */
export function prepareObject(object: TabulatedObject, settings: PreparationSettings): PreparedObject {
  const context = photometryContext(object.photometry, settings.photometry, object.keptPeriods);
  const tokens = photometryTokens(context);
  return {
    tokens,
    tokenCount: tokens.length / TOKEN_INPUTS.length,
    globals: photometryGlobals(context),
    spectrum: object.spectrum === null ? null : spectrumInputs(object.spectrum, settings.spectrum),
    metadata: metadataInputs(object.metadata, object.photometry),
    periodsToKeep: context.periodsToKeep,
  };
}
