/** How a part was found: `warn` works today and deserves a look. */
export const FINDING_STATUSES = ['ok', 'warn', 'fail'] as const;
export type FindingStatus = (typeof FINDING_STATUSES)[number];

/** One line of what `nightjar doctor` finds. */
export interface Finding {
  readonly status: FindingStatus;
  /** The part: `broker localhost:9092`. */
  readonly what: string;
  readonly detail: string;
  /** What to do; `null` where nothing is to be done, or the detail says it. */
  readonly hint: string | null;
}

/** A finding of each status, so that checks read as what they find. */
export const found = {
  ok: (what: string, detail: string): Finding => ({ status: 'ok', what, detail, hint: null }),
  warn: (what: string, detail: string, hint: string | null = null): Finding => ({
    status: 'warn',
    what,
    detail,
    hint,
  }),
  fail: (what: string, detail: string, hint: string | null = null): Finding => ({
    status: 'fail',
    what,
    detail,
    hint,
  }),
} as const;
