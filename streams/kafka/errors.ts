import { PipelineError } from '../../core/index.ts';
import type { Config, ErrorCode } from '../../core/index.ts';
import { namedAddress } from './sockets.ts';

export interface KafkaFailureContext {
  /** What was tried, in words that follow "Cannot", with what it was tried on: `read topic "ztf"`. */
  readonly action: string;
  readonly kafka: Config['kafka'];
}

interface ErrorRule {
  readonly code: ErrorCode;
  /** Follows "as". */
  readonly rule: (kafka: Config['kafka'], detail: string) => string;
}

const unreachable: ErrorRule = {
  code: 'BROKER_UNREACHABLE',
  rule: (kafka, detail) =>
    `no broker answers as it should: current value of kafka.brokers is ${brokerNames(kafka)} (${detail})`,
};
const refusedLogin: ErrorRule = {
  code: 'BROKER_REFUSED_LOGIN',
  rule: (kafka, detail) => `the broker refuses the login: current value is ${loginName(kafka)} (${detail})`,
};
const partitionLost: ErrorRule = {
  code: 'PARTITION_LOST',
  rule: (_, detail) => `another instance has taken over, or the outcome is not known: ${detail}`,
};
const tooLarge: ErrorRule = {
  code: 'MESSAGE_TOO_LARGE',
  rule: ({ messageBytesMax }) =>
    `the broker takes only smaller messages: current value of kafka.messageBytesMax is ${messageBytesMax} bytes`,
};
const offsetInvalid: ErrorRule = {
  code: 'OFFSET_INVALID',
  rule: (_, detail) => `the offset is not taken: ${detail}`,
};
const noSuchTopic: ErrorRule = {
  code: 'TOPIC_NOT_FOUND',
  rule: ({ brokers }) => `there is no such topic or partition at ${quoted(brokers)}`,
};
const forbidden = (what: string): ErrorRule => ({
  code: 'TOPIC_FORBIDDEN',
  rule: (kafka) => `the brokers do not permit ${what}: current value is ${loginName(kafka)}`,
});
const setting = (key: 'transactionTimeoutMs' | 'sessionTimeoutMs' | 'groupId'): ErrorRule => ({
  code: 'CONFIG_INVALID',
  rule: (kafka, detail) => `the broker refuses kafka.${key}: current value is ${kafka[key]} (${detail})`,
});
const replication: ErrorRule = {
  code: 'CONFIG_INVALID',
  rule: (_, detail) => `outputs.replicas must be at most the number of brokers: ${detail}`,
};
const failed: ErrorRule = {
  code: 'BROKER_FAILED',
  rule: (_, detail) => `the broker answers with an error: ${detail}`,
};

/** By the name that kafkajs gives to an error of the protocol; those that are not here are BROKER_FAILED. */
const PROTOCOL_RULES: Readonly<Record<string, ErrorRule>> = {
  SASL_AUTHENTICATION_FAILED: refusedLogin,
  UNSUPPORTED_SASL_MECHANISM: refusedLogin,
  ILLEGAL_SASL_STATE: refusedLogin,
  TOPIC_AUTHORIZATION_FAILED: forbidden('this user the topic'),
  GROUP_AUTHORIZATION_FAILED: forbidden('this user the consumer group'),
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: forbidden('this user the transactional id'),
  CLUSTER_AUTHORIZATION_FAILED: forbidden('this user to do so with the cluster'),
  UNKNOWN_TOPIC_OR_PARTITION: noSuchTopic,
  INVALID_TOPIC_EXCEPTION: noSuchTopic,
  MESSAGE_TOO_LARGE: tooLarge,
  RECORD_LIST_TOO_LARGE: tooLarge,
  INVALID_PRODUCER_EPOCH: partitionLost,
  INVALID_PRODUCER_ID_MAPPING: partitionLost,
  UNKNOWN_PRODUCER_ID: partitionLost,
  TRANSACTION_COORDINATOR_FENCED: partitionLost,
  OUT_OF_ORDER_SEQUENCE_NUMBER: partitionLost,
  INVALID_TXN_STATE: partitionLost,
  CONCURRENT_TRANSACTIONS: partitionLost,
  FENCED_INSTANCE_ID: partitionLost,
  UNKNOWN_MEMBER_ID: partitionLost,
  ILLEGAL_GENERATION: partitionLost,
  REBALANCE_IN_PROGRESS: partitionLost,
  OFFSET_OUT_OF_RANGE: offsetInvalid,
  OFFSET_METADATA_TOO_LARGE: offsetInvalid,
  NON_EMPTY_GROUP: offsetInvalid,
  INVALID_TRANSACTION_TIMEOUT: setting('transactionTimeoutMs'),
  INVALID_SESSION_TIMEOUT: setting('sessionTimeoutMs'),
  INVALID_REPLICATION_FACTOR: replication,
  INVALID_GROUP_ID: setting('groupId'),
  LEADER_NOT_AVAILABLE: unreachable,
  NOT_LEADER_FOR_PARTITION: unreachable,
  REQUEST_TIMED_OUT: unreachable,
  BROKER_NOT_AVAILABLE: unreachable,
  REPLICA_NOT_AVAILABLE: unreachable,
  NETWORK_EXCEPTION: unreachable,
  GROUP_LOAD_IN_PROGRESS: unreachable,
  GROUP_COORDINATOR_NOT_AVAILABLE: unreachable,
  NOT_COORDINATOR_FOR_GROUP: unreachable,
  NOT_ENOUGH_REPLICAS: unreachable,
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: unreachable,
};

/** Codes of the protocol that are younger than kafkajs, which gives them in the text alone. */
const PRODUCER_FENCED = 'Unknown error code 90';
const UNKNOWN_CODE = 'KAFKAJS_UNKNOWN_ERROR_CODE';

/** Errors of kafkajs that are not of the protocol, by their names. */
const CLIENT_RULES: Readonly<Record<string, ErrorRule>> = {
  KafkaJSConnectionError: unreachable,
  KafkaJSConnectionClosedError: unreachable,
  KafkaJSRequestTimeoutError: unreachable,
  KafkaJSMetadataNotLoaded: unreachable,
  KafkaJSTopicMetadataNotLoaded: unreachable,
  KafkaJSStaleTopicMetadataAssignment: unreachable,
  KafkaJSBrokerNotFound: unreachable,
  KafkaJSNoBrokerAvailableError: unreachable,
  KafkaJSGroupCoordinatorNotFound: unreachable,
  KafkaJSTimeout: unreachable,
  KafkaJSLockTimeout: unreachable,
  KafkaJSSASLAuthenticationError: refusedLogin,
};

/** What OpenSSL and Node.js say of a certificate that they do not trust, in words. */
const CERTIFICATE_REASONS: Readonly<Record<string, string>> = {
  SELF_SIGNED_CERT_IN_CHAIN: 'it is signed by an authority that is not in kafka.tls.caFile',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is signed by itself, and is not in kafka.tls.caFile',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'it is signed by an authority that is not in kafka.tls.caFile',
  UNABLE_TO_GET_ISSUER_CERT: 'it is signed by an authority that is not in kafka.tls.caFile',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'it is signed by an authority that is not in kafka.tls.caFile',
  CERT_SIGNATURE_FAILURE: 'its signature is not of an authority in kafka.tls.caFile',
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  CERT_REVOKED: 'it is revoked',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another name: see kafka.tls.serverName',
};

/** What the system says of a connection that fails, in words. */
const CONNECTION_REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses the connection',
  ECONNRESET: 'closes the connection',
  EPIPE: 'closes the connection',
  ENOTFOUND: 'is a name without an address',
  EAI_AGAIN: 'is a name whose address cannot be asked for now',
  ETIMEDOUT: 'does not answer in time',
  EHOSTUNREACH: 'cannot be reached from here',
  ENETUNREACH: 'cannot be reached from here',
  ENETDOWN: 'cannot be reached, as the network is down',
};

/** What kafkajs and the brokers say before the reason. */
const LOGIN_PREFIX = /^SASL [\w ]+ authentication failed: (Authentication failed: )?/;

/**
 * The operational failure behind an error of kafkajs: one clear line with brokers, user and mechanism, never a secret.
 *
 * @returns anything that did not come from the connection (a fault of the program) as it was
 */
export function kafkaFailure(error: unknown, context: KafkaFailureContext): unknown {
  if (error instanceof PipelineError) return error;
  const causes = causesOf(error);
  const own = causes.find((cause) => cause instanceof PipelineError);
  if (own !== undefined) return own;
  for (const cause of causes) {
    const found = ruleFor(cause);
    if (found === null) continue;
    const { code, rule } = found.rule;
    return new PipelineError(code, `Cannot ${context.action} as ${rule(context.kafka, found.detail)}`, {
      cause: error,
      details: { type: field(cause, 'type'), retriable: field(cause, 'retriable') },
    });
  }
  return error;
}

/** An error and what caused it, the innermost first: kafkajs wraps each into one that only says that it gave up. */
function causesOf(error: unknown): readonly Error[] {
  const causes: Error[] = [];
  let next = error;
  while (next instanceof Error && !causes.includes(next)) {
    causes.unshift(next);
    const parts = field(next, 'errors');
    next = next.cause ?? (Array.isArray(parts) ? (parts[0] as unknown) : undefined);
  }
  return causes;
}

interface RuleAndDetail {
  readonly rule: ErrorRule;
  readonly detail: string;
}

function ruleFor(error: Error): RuleAndDetail | null {
  const type = field(error, 'type');
  if (typeof type === 'string') {
    const isFenced = type === UNKNOWN_CODE && error.message === PRODUCER_FENCED;
    const detail =
      type === UNKNOWN_CODE ? lowerFirst(error.message) : `${type}, ${lowerFirst(error.message)}`;
    return { rule: isFenced ? partitionLost : (own(PROTOCOL_RULES, type) ?? failed), detail };
  }
  const code = field(error, 'code');
  const broker = field(error, 'broker');
  const at = typeof broker === 'string' ? namedAddress(broker) : 'the broker';
  if (typeof code === 'string') {
    const tlsRule = tlsRuleFor(code, error, at);
    if (tlsRule !== null) return tlsRule;
    const reason = own(CONNECTION_REASONS, code);
    if (reason !== null) return { rule: unreachable, detail: `${at} ${reason}` };
  }
  if (isMissingAnswer(error)) return { rule: unreachable, detail: 'no broker has given an answer' };
  const rule = own(CLIENT_RULES, error.name);
  if (rule === null) return null;
  const detail = lowerFirst(error.message.replace(LOGIN_PREFIX, ''));
  return { rule, detail: rule === unreachable && typeof broker === 'string' ? `${at}: ${detail}` : detail };
}

/** kafkajs takes an answer apart that it has got from none of the brokers, or for none of the partitions. */
function isMissingAnswer(error: Error): boolean {
  const [place = ''] = /^\s+at .*$/m.exec(error.stack ?? '') ?? [];
  return error instanceof TypeError && / (null|undefined)\b/.test(error.message) && /\bkafkajs\b/.test(place);
}

/** Alerts by which a broker says that it wants another certificate of ours. */
const CERTIFICATE_ALERT =
  /alert (bad certificate|certificate required|certificate unknown|unknown ca|handshake failure)/;

function tlsRuleFor(code: string, error: Error, broker: string): RuleAndDetail | null {
  const certificate = own(CERTIFICATE_REASONS, code);
  if (certificate !== null)
    return { rule: untrusted(`the certificate of ${broker} must be trusted`, 'caFile'), detail: certificate };
  if (!/^ERR_(SSL|TLS|OSSL)_|^EPROTO$/.test(code)) return null;
  const detail = lowerFirst(openSslReason(error.message));
  return CERTIFICATE_ALERT.test(detail)
    ? { rule: untrusted(`${broker} must trust our certificate`, 'certFile'), detail }
    : { rule: untrusted(`the TLS handshake with ${broker} must succeed`, 'caFile'), detail };
}

function untrusted(rule: string, key: 'caFile' | 'certFile'): ErrorRule {
  return {
    code: 'BROKER_UNTRUSTED',
    rule: ({ tls }, detail) => {
      const file = tls?.[key] ?? null;
      return `${rule} (${detail}): current value of kafka.tls.${key} is ${file === null ? 'null' : `"${file}"`}`;
    },
  };
}

/** Of OpenSSL's `…:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/…`, the words. */
function openSslReason(message: string): string {
  const fields = message.trim().split(':');
  const at = fields.findIndex((part) => part.trim() === 'SSL routines');
  return at === -1 ? message.replace(/^Connection error: /, '') : (fields[at + 2]?.trim() ?? message);
}

/** Brokers as messages name them. */
export function brokerNames({ brokers }: Config['kafka']): string {
  return brokers.length === 0 ? 'an empty list' : quoted(brokers);
}

/** User and mechanism as messages name them. */
export function loginName({ sasl }: Config['kafka']): string {
  if (sasl === null) return 'no login (kafka.sasl is null)';
  return `user ${sasl.username === null ? 'of a token' : `"${sasl.username}"`} by ${sasl.mechanism}`;
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}

function own<T>(table: Readonly<Record<string, T>>, key: string): T | null {
  return Object.hasOwn(table, key) ? (table[key] ?? null) : null;
}

function field(error: Error, name: string): unknown {
  return Reflect.get(error, name);
}

/** Error messages of others begin with a capital; inside a sentence they do not, but for abbreviations. */
function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
