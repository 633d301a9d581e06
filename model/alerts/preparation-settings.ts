import { DEFAULT_PERIOD_SETTINGS } from './periods/period-search.ts';
import type { PreparationSettings } from './prepare.ts';
import { DEFAULT_SPECTRUM_SETTINGS } from './spectrum-grid.ts';

/** How a new release prepares objects. */
export const DEFAULT_PREPARATION_SETTINGS: PreparationSettings = {
  photometry: { tokensMax: 192, period: DEFAULT_PERIOD_SETTINGS },
  spectrum: DEFAULT_SPECTRUM_SETTINGS,
};
