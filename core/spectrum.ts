/**
 * One spectrum. Flux is F_λ in whatever scale its source used: the model normalises it.
 */
export interface Spectrum {
  /** Names it in the store and the logs: file (and row), or topic position. */
  readonly spectrumId: string;
  /** Object that it belongs to, as text, where the source says so; otherwise it is joined by position. */
  readonly objectId: string | null;
  readonly raDeg: number | null;
  readonly decDeg: number | null;
  /** [n] vacuum or air as given, Ångström; strictly increasing; n ≥ 2. */
  readonly wavelengthAngstrom: Float64Array;
  /** [n] finite. */
  readonly flux: Float64Array;
  /** [n] 1σ error of `flux`, > 0; `null` where the source has none. */
  readonly fluxErr: Float64Array | null;
}
