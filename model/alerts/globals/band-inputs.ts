import { quantile } from '../../quantiles.ts';
import type { BandSummary, PhotometryContext } from '../photometry-context.ts';
import { FILTERS, type Filter } from '../photometry-table.ts';
import type { GlobalContext, GlobalInput } from './global-input.ts';

/** Least S/N of a band's bright quantile for a colour. */
const COLOUR_SIGMAS = 3;
const QUANTILES = [0.05, 0.25, 0.75, 0.95] as const;

const bandOf = (context: PhotometryContext, filter: Filter): BandSummary | undefined =>
  context.bands.get(filter.charCodeAt(0));

/** Level and quantiles of one filter's fluxes. */
export function bandInputs(filter: Filter): GlobalInput[] {
  const upper = filter.toUpperCase();
  return [
    {
      name: `asinhMedian${upper}`,
      unit: 'asinh(flux / scale)',
      value: (context) => {
        const band = bandOf(context, filter);
        return band === undefined ? null : Math.asinh(band.medianNjy / context.scaleNjy);
      },
    },
    ...QUANTILES.map((ratio) => ({
      name: `asinhQuantile${String(Math.round(ratio * 100)).padStart(2, '0')}${upper}`,
      unit: 'asinh((flux − band median) / spread)',
      value: (context: GlobalContext) => {
        const band = bandOf(context, filter);
        if (band === undefined || band.count < 2) return null;
        return Math.asinh((quantile(band.sortedNjy, ratio) - band.medianNjy) / context.spreadNjy);
      },
    })),
  ];
}

/** Colours of the brightest light: of difference flux, so that the reference image's light is not in them. */
export const COLOUR_INPUTS: readonly GlobalInput[] = FILTERS.slice(1).map((red, index) => {
  const blue = FILTERS[index]!;
  return {
    name: `colour${blue.toUpperCase()}${red.toUpperCase()}`,
    unit: 'AB magnitudes, of the 95 % quantiles of flux',
    value: (context: GlobalContext) => {
      const [blueNjy, redNjy] = [brightNjy(context, blue), brightNjy(context, red)];
      return blueNjy === null || redNjy === null ? null : -2.5 * Math.log10(blueNjy / redNjy);
    },
  };
});

function brightNjy(context: PhotometryContext, filter: Filter): number | null {
  const band = bandOf(context, filter);
  if (band === undefined) return null;
  const flux = quantile(band.sortedNjy, 0.95);
  return flux > COLOUR_SIGMAS * band.errMedianNjy ? flux : null;
}
