import type { JoinRules } from '../../../streams/index.ts';

/** Objects are joined within 1.5 arcsec, and what waits for one waits as good as forever. */
export const JOIN_RULES: JoinRules = {
  spectraRadiusArcsec: 1.5,
  metadataRadiusArcsec: 1.5,
  waitingMax: 1_000_000,
  waitingDays: 365,
};
