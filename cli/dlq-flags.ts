/** Where the letters are, and how packets are read. */
export interface PlaceFlags {
  readonly config?: string;
  readonly dir?: string;
  readonly tooLate?: true;
  readonly registry?: string;
  readonly schemas?: string;
  readonly json?: true;
}

/** Options of `nightjar dlq replay`. */
export interface ReplayLettersFlags extends PlaceFlags {
  readonly code?: string;
  readonly since?: number;
  readonly again?: true;
  readonly release?: string;
  readonly metadata?: string;
}
