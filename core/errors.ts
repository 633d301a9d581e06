/** Where in the path a fault arises; a bounded label for metrics. */
export type Stage = 'configure' | 'read' | 'decode' | 'admit' | 'window' | 'join' | 'model' | 'emit';

interface ErrorInfo {
  /** True if the same action may succeed when tried again unchanged. */
  readonly retryable: boolean;
  readonly stage: Stage;
}

/**
 * Every code that an error or a dead letter can carry, once. docs/errors explains each; a test holds the two together.
 * Branch on the code, never on a message.
 */
export const ERROR_INFO = {
  // Whole runs: the command ends with exit status 1.
  CONFIG_INVALID: { retryable: false, stage: 'configure' },
  INPUT_NOT_FOUND: { retryable: false, stage: 'read' },
  INPUT_UNREADABLE: { retryable: true, stage: 'read' },
  OUTPUT_UNUSABLE: { retryable: false, stage: 'emit' },
  OUTPUT_NO_SPACE: { retryable: true, stage: 'emit' },
  RUN_STOPPED: { retryable: true, stage: 'emit' },
  REPLAY_MISMATCH: { retryable: false, stage: 'configure' },
  LEDGER_UNBALANCED: { retryable: false, stage: 'emit' },
  STORE_UNREADABLE: { retryable: false, stage: 'window' },
  DATA_SET_INVALID: { retryable: false, stage: 'read' },
  CATALOGUE_INVALID: { retryable: false, stage: 'join' },
  RELEASE_NOT_FOUND: { retryable: false, stage: 'model' },
  RELEASE_INVALID: { retryable: false, stage: 'model' },
  TENSORS_INVALID: { retryable: false, stage: 'model' },
  DEVICE_UNAVAILABLE: { retryable: false, stage: 'configure' },
  INFERENCE_FAILED: { retryable: false, stage: 'model' },
  TRAINING_DIVERGED: { retryable: false, stage: 'model' },
  TRAINING_MISMATCH: { retryable: false, stage: 'configure' },
  BROKER_UNREACHABLE: { retryable: true, stage: 'read' },
  BROKER_REFUSED_LOGIN: { retryable: false, stage: 'configure' },
  BROKER_UNTRUSTED: { retryable: false, stage: 'configure' },
  BATCH_UNREADABLE: { retryable: false, stage: 'read' },
  BROKER_FAILED: { retryable: true, stage: 'read' },
  TOPIC_NOT_FOUND: { retryable: false, stage: 'read' },
  TOPIC_FORBIDDEN: { retryable: false, stage: 'configure' },
  OFFSET_INVALID: { retryable: false, stage: 'read' },
  PARTITION_LOST: { retryable: true, stage: 'emit' },
  MESSAGE_TOO_LARGE: { retryable: false, stage: 'emit' },
  STORE_UNREACHABLE: { retryable: true, stage: 'window' },
  STORE_FORBIDDEN: { retryable: false, stage: 'configure' },
  STORE_NOT_SHARED: { retryable: false, stage: 'configure' },
  REGISTRY_UNREACHABLE: { retryable: true, stage: 'decode' },
  // Single packets: dead letters, the run goes on.
  ARCHIVE_TRUNCATED: { retryable: true, stage: 'read' },
  ARCHIVE_CORRUPT: { retryable: false, stage: 'read' },
  FILE_EMPTY: { retryable: true, stage: 'read' },
  FORMAT_UNKNOWN: { retryable: false, stage: 'decode' },
  PACKET_TOO_LARGE: { retryable: false, stage: 'decode' },
  AVRO_TRUNCATED: { retryable: true, stage: 'decode' },
  AVRO_CORRUPT: { retryable: false, stage: 'decode' },
  JSON_INVALID: { retryable: false, stage: 'decode' },
  AVRO_CODEC_UNKNOWN: { retryable: false, stage: 'decode' },
  SCHEMA_INVALID: { retryable: false, stage: 'decode' },
  SCHEMA_ID_UNKNOWN: { retryable: true, stage: 'decode' },
  SURVEY_UNKNOWN: { retryable: false, stage: 'decode' },
  ADAPTER_FAILED: { retryable: false, stage: 'decode' },
  ALERT_INCOMPLETE: { retryable: false, stage: 'admit' },
  ALERT_OUT_OF_RANGE: { retryable: false, stage: 'admit' },
  ALERT_TOO_LATE: { retryable: false, stage: 'window' },
  SPECTRUM_INVALID: { retryable: false, stage: 'join' },
  METADATA_INVALID: { retryable: false, stage: 'join' },
} as const satisfies Readonly<Record<string, ErrorInfo>>;

export type ErrorCode = keyof typeof ERROR_INFO;

/** Why one input could not be used: bad data is a value, not an exception. */
export interface Rejection {
  readonly code: ErrorCode;
  /** One sentence: "Cannot <action> as <rule>: current value is <value unit>". */
  readonly reason: string;
}

/** Success with a value, or a rejection: what every decoder returns. */
export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly rejection: Rejection };

export function accepted<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function rejected(
  code: ErrorCode,
  reason: string,
): { readonly ok: false; readonly rejection: Rejection } {
  return { ok: false, rejection: { code, reason } };
}

/** An operational failure that ends the run with exit status 1 and its message as the one line why. */
export class PipelineError extends Error {
  override readonly name = 'PipelineError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly details?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** The `code` of a Node.js system error (`ENOENT`, `ENOSPC`, …), or `null` for anything else. */
export function systemErrorCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** The system's errors that a user meets, in words. */
const PLAIN_REASONS: Readonly<Record<string, string>> = {
  EEXIST: 'it is a file',
  EISDIR: 'it is a folder',
  ENOENT: 'there is no such folder',
  ENOTDIR: 'a part of the path is a file',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'its file system is read-only',
};
const NO_SPACE_CODES: readonly string[] = ['ENOSPC', 'EDQUOT'];

/**
 * The operational failure behind a system error while writing: OUTPUT_NO_SPACE for a full disk or quota, else
 * OUTPUT_UNUSABLE.
 *
 * @param file names the output in the message
 * @returns anything but a system error as it was
 */
export function outputFailure(error: unknown, file: string): unknown {
  const code = systemErrorCode(error);
  if (error instanceof PipelineError || code === null) return error;
  if (NO_SPACE_CODES.includes(code))
    return new PipelineError('OUTPUT_NO_SPACE', `Cannot write to "${file}" as no space is left there`, {
      cause: error,
    });
  return new PipelineError(
    'OUTPUT_UNUSABLE',
    `Cannot write to "${file}" as the system refuses it: ${PLAIN_REASONS[code] ?? code}`,
    { cause: error },
  );
}
