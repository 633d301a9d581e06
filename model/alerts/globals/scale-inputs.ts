import type { PhotometryContext } from '../photometry-context.ts';
import { filterIndex, FILTERS, KIND } from '../photometry-table.ts';
import type { GlobalInput } from './global-input.ts';

const kindCount = (context: PhotometryContext, kind: number): number =>
  context.measured.kind.reduce((count, other) => count + Number(other === kind), 0);

/** Units of flux, and how long the light curve is. */
export const SCALE_INPUTS: readonly GlobalInput[] = [
  { name: 'log10Scale', unit: 'log10(nJy)', value: ({ scaleNjy }) => Math.log10(scaleNjy) },
  { name: 'log10Spread', unit: 'log10(nJy)', value: ({ spreadNjy }) => Math.log10(spreadNjy) },
  {
    name: 'log10SpreadPerScale',
    unit: 'log10(spread / scale)',
    value: ({ spreadNjy, scaleNjy }) => Math.log10(spreadNjy / scaleNjy),
  },
  {
    name: 'log10Span',
    unit: 'log10(1 + days) from the oldest to the newest measured point',
    value: ({ measured: { mjdTai } }) =>
      mjdTai.length === 0 ? null : Math.log10(1 + mjdTai.at(-1)! - mjdTai[0]!),
  },
];

/** Measured points by band and kind. */
export const COUNT_INPUTS: readonly GlobalInput[] = [
  ...FILTERS.map((filter) => ({
    name: `logPoints${filter.toUpperCase()}`,
    unit: 'ln(1 + measured points)',
    value: ({ bands }: PhotometryContext) => Math.log1p(bands.get(filter.charCodeAt(0))?.count ?? 0),
  })),
  {
    name: 'logPointsOther',
    unit: 'ln(1 + measured points) in other bands',
    value: ({ measured }) =>
      Math.log1p(measured.bandCode.reduce((n, code) => n + Number(filterIndex(code) < 0), 0)),
  },
  {
    name: 'logDetections',
    unit: 'ln(1 + detections)',
    value: (context) => Math.log1p(kindCount(context, KIND.detection)),
  },
  {
    name: 'logForced',
    unit: 'ln(1 + forced points without a detection)',
    value: (context) => Math.log1p(kindCount(context, KIND.forced)),
  },
];
