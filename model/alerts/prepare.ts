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
}

/** What the encoders see of an object, before the release's statistics standardise it. Every number but NaN is finite. */
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
}

export function tabulatedObject(object: JoinedObject): TabulatedObject {
  return {
    photometry: tabulate(object.lightCurve),
    metadata: object.metadata,
    spectrum: object.spectrum === null ? null : ownColumns(object.spectrum),
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
 * @complexity mostly the period search: milliseconds for 100 points, none for fewer than 20
 */
export function prepareObject(object: TabulatedObject, settings: PreparationSettings): PreparedObject {
  const context = photometryContext(object.photometry, settings.photometry);
  const tokens = photometryTokens(context);
  return {
    tokens,
    tokenCount: tokens.length / TOKEN_INPUTS.length,
    globals: photometryGlobals(context),
    spectrum: object.spectrum === null ? null : spectrumInputs(object.spectrum, settings.spectrum),
    metadata: metadataInputs(object.metadata, object.photometry),
  };
}
