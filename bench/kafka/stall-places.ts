/** Where nothing comes through. */
export const STALL_TEXT = {
  model: 'the model never answers',
  publish: 'no commit is answered, and sessions begin anew',
} as const;
export type StallPlace = keyof typeof STALL_TEXT;
export const STALL_PLACES = Object.keys(STALL_TEXT) as readonly StallPlace[];
