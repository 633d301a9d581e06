import { found } from './finding.ts';
import type { Finding } from './finding.ts';

const SKEW_MS_WARN = 1000;
const SKEW_MS_FAIL = 60_000;

/** Another machine's clock beside ours. */
export interface ClockComparison {
  /** Whose clock: `registry`. */
  readonly with: string;
  /** Theirs less ours. */
  readonly skewMs: number;
  /** How far `skewMs` may be from the truth. */
  readonly skewErrMs: number;
}

/** Whether this machine's clock agrees with another's, as far as can be told. */
export function clockFinding(comparison: ClockComparison): Finding {
  const { skewMs, skewErrMs } = comparison;
  const certainMs = Math.max(0, Math.abs(skewMs) - skewErrMs);
  const what = `clock, by ${comparison.with}`;
  const side = skewMs > 0 ? 'behind' : 'ahead';
  const text = `${(Math.abs(skewMs) / 1000).toFixed(1)} s ${side}, give or take ${(skewErrMs / 1000).toFixed(1)} s`;
  const hint = 'set the clock by NTP: starts by time, retention and latencies go by it';
  if (certainMs > SKEW_MS_FAIL) return found.fail(what, text, hint);
  if (certainMs > SKEW_MS_WARN) return found.warn(what, text, hint);
  return found.ok(what, `agrees within ${(Math.max(certainMs, skewErrMs) / 1000).toFixed(1)} s`);
}
