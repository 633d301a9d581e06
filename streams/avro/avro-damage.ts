import type { ErrorCode } from '../../core/index.ts';

/** Damage seen while decoding; caught within `streams/avro`, where it becomes a rejection. */
export class AvroDamage extends Error {
  readonly code: ErrorCode;

  constructor(message: string, code: ErrorCode = 'AVRO_CORRUPT') {
    super(message);
    this.code = code;
  }
}
