import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { configSchema, PipelineError } from '../../../core/index.ts';
import type { ConfigInput, ErrorCode } from '../../../core/index.ts';
import { kafkaFailure } from '../../../streams/kafka/errors.ts';

const require = createRequire(import.meta.url);
const { createErrorFromCode, errorCodes } = require('kafkajs/src/protocol/error') as {
  readonly createErrorFromCode: (code: number) => Error;
  readonly errorCodes: readonly { readonly code: number; readonly type: string }[];
};

type ErrorClass = new (message?: unknown, options?: object) => Error;

/** By their constructors, of which kafkajs's types know half. */
const {
  KafkaJSConnectionClosedError,
  KafkaJSConnectionError,
  KafkaJSError,
  KafkaJSGroupCoordinatorNotFound,
  KafkaJSLockTimeout,
  KafkaJSNonRetriableError,
  KafkaJSNumberOfRetriesExceeded,
  KafkaJSRequestTimeoutError,
  KafkaJSSASLAuthenticationError,
  KafkaJSTimeout,
  KafkaJSTopicMetadataNotLoaded,
} = require('kafkajs/src/errors') as {
  readonly [
    K in
      | 'KafkaJSConnectionClosedError'
      | 'KafkaJSConnectionError'
      | 'KafkaJSError'
      | 'KafkaJSGroupCoordinatorNotFound'
      | 'KafkaJSLockTimeout'
      | 'KafkaJSNonRetriableError'
      | 'KafkaJSNumberOfRetriesExceeded'
      | 'KafkaJSRequestTimeoutError'
      | 'KafkaJSSASLAuthenticationError'
      | 'KafkaJSTimeout'
      | 'KafkaJSTopicMetadataNotLoaded'
  ]: ErrorClass;
};

const LOGIN = { mechanism: 'scram-sha-512', username: 'reader', password: 'the-secret' } as const;

function failure(error: unknown, kafka: ConfigInput['kafka'] = {}): unknown {
  const config = configSchema.parse({
    kafka: { brokers: ['one:9092', 'two:9092'], groupId: 'g', sasl: LOGIN, ...kafka },
  });
  return kafkaFailure(error, { action: 'read topic "ztf"', kafka: config.kafka });
}

/** A failure as its code and its one line. */
function lineOf(error: unknown, kafka: ConfigInput['kafka'] = {}): string {
  const found = failure(error, kafka);
  assert.ok(found instanceof PipelineError, String(found));
  assert.equal(found.cause, error);
  assert.ok(found.message.startsWith('Cannot read topic "ztf" as '), found.message);
  assert.ok(!/the-secret|\n/.test(found.message), found.message);
  return `${found.code}: ${found.message.slice('Cannot read topic "ztf" as '.length)}`;
}

/** By kafkajs's names; what is not here is BROKER_FAILED. */
const PROTOCOL: Readonly<Partial<Record<ErrorCode, readonly string[]>>> = {
  BROKER_REFUSED_LOGIN: ['SASL_AUTHENTICATION_FAILED', 'UNSUPPORTED_SASL_MECHANISM', 'ILLEGAL_SASL_STATE'],
  TOPIC_FORBIDDEN: [
    'TOPIC_AUTHORIZATION_FAILED',
    'GROUP_AUTHORIZATION_FAILED',
    'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
    'CLUSTER_AUTHORIZATION_FAILED',
  ],
  TOPIC_NOT_FOUND: ['UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION'],
  MESSAGE_TOO_LARGE: ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'],
  PARTITION_LOST: [
    'INVALID_PRODUCER_EPOCH',
    'INVALID_PRODUCER_ID_MAPPING',
    'UNKNOWN_PRODUCER_ID',
    'TRANSACTION_COORDINATOR_FENCED',
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    'INVALID_TXN_STATE',
    'CONCURRENT_TRANSACTIONS',
    'FENCED_INSTANCE_ID',
    'UNKNOWN_MEMBER_ID',
    'ILLEGAL_GENERATION',
    'REBALANCE_IN_PROGRESS',
  ],
  OFFSET_INVALID: ['OFFSET_OUT_OF_RANGE', 'OFFSET_METADATA_TOO_LARGE', 'NON_EMPTY_GROUP'],
  CONFIG_INVALID: [
    'INVALID_TRANSACTION_TIMEOUT',
    'INVALID_SESSION_TIMEOUT',
    'INVALID_REPLICATION_FACTOR',
    'INVALID_GROUP_ID',
  ],
  BROKER_UNREACHABLE: [
    'LEADER_NOT_AVAILABLE',
    'NOT_LEADER_FOR_PARTITION',
    'REQUEST_TIMED_OUT',
    'BROKER_NOT_AVAILABLE',
    'REPLICA_NOT_AVAILABLE',
    'NETWORK_EXCEPTION',
    'GROUP_LOAD_IN_PROGRESS',
    'GROUP_COORDINATOR_NOT_AVAILABLE',
    'NOT_COORDINATOR_FOR_GROUP',
    'NOT_ENOUGH_REPLICAS',
    'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  ],
};

test('kafkaFailure() has one code and one line for each error of the protocol that kafkajs knows', () => {
  const expected = new Map(
    Object.entries(PROTOCOL).flatMap(([code, types]) => types.map((type) => [type, code])),
  );
  for (const { code, type } of errorCodes) {
    const line = lineOf(createErrorFromCode(code));
    assert.equal(line.slice(0, line.indexOf(':')), expected.get(type) ?? 'BROKER_FAILED', type);
    expected.delete(type);
  }
  assert.deepEqual([...expected.keys()], []);
});

/** An error of the protocol by kafkajs's name. */
function protocolError(type: string): Error {
  return createErrorFromCode(errorCodes.find((known) => known.type === type)?.code ?? Number.NaN);
}

test('kafkaFailure() says what is refused, and the value of the key that is to blame', () => {
  const lines: readonly (readonly [string, string])[] = [
    [
      'GROUP_AUTHORIZATION_FAILED',
      'TOPIC_FORBIDDEN: the brokers do not permit this user the consumer group: current value is user "reader" by scram-sha-512',
    ],
    [
      'UNKNOWN_TOPIC_OR_PARTITION',
      'TOPIC_NOT_FOUND: there is no such topic or partition at "one:9092", "two:9092"',
    ],
    [
      'MESSAGE_TOO_LARGE',
      'MESSAGE_TOO_LARGE: the broker takes only smaller messages: current value of kafka.messageBytesMax is 900000 bytes',
    ],
    [
      'INVALID_SESSION_TIMEOUT',
      'CONFIG_INVALID: the broker refuses kafka.sessionTimeoutMs: current value is 30000 (INVALID_SESSION_TIMEOUT, the session timeout is not within the range allowed by the broker (as configured by group.min.session.timeout.ms and group.max.session.timeout.ms))',
    ],
    [
      'ILLEGAL_GENERATION',
      'PARTITION_LOST: another instance has taken over, or the outcome is not known: ILLEGAL_GENERATION, specified group generation id is not valid',
    ],
  ];
  for (const [type, line] of lines) assert.equal(lineOf(protocolError(type)), line);
  assert.match(
    lineOf(protocolError('SASL_AUTHENTICATION_FAILED'), { sasl: null }),
    /no login \(kafka\.sasl is null\)/,
  );
  // Codes that are younger than kafkajs; 90 is PRODUCER_FENCED.
  assert.match(lineOf(createErrorFromCode(90)), /^PARTITION_LOST: .*: unknown error code 90$/);
  assert.equal(
    lineOf(createErrorFromCode(115)),
    'BROKER_FAILED: the broker answers with an error: unknown error code 115',
  );
});

/** An error of the system or of OpenSSL, as kafkajs passes it on. */
function connectionError(code: string, message = 'Connection error: '): Error {
  return new KafkaJSConnectionError(message, { broker: 'one:9092', code });
}

test('kafkaFailure() says in words what the system and OpenSSL say of a connection', () => {
  const openSsl = (words: string): string =>
    `Connection error: C0:error:0A000410:SSL routines:read:${words}:../deps/s3.c:1:\n`;
  const lines: readonly (readonly [Error, string])[] = [
    [
      connectionError('ECONNREFUSED'),
      'BROKER_UNREACHABLE: no broker answers as it should: current value of kafka.brokers is "one:9092", "two:9092" (one:9092 refuses the connection)',
    ],
    [
      new KafkaJSConnectionError('Connection error: ', {
        broker: '--1.ipv6.invalid:9092',
        code: 'ETIMEDOUT',
      }),
      'BROKER_UNREACHABLE: no broker answers as it should: current value of kafka.brokers is "one:9092", "two:9092" ([::1]:9092 does not answer in time)',
    ],
    [
      connectionError('CERT_HAS_EXPIRED'),
      'BROKER_UNTRUSTED: the certificate of one:9092 must be trusted (it has expired): current value of kafka.tls.caFile is "ca.pem"',
    ],
    [
      connectionError('ERR_SSL_WRONG_VERSION_NUMBER', openSsl('wrong version number')),
      'BROKER_UNTRUSTED: the TLS handshake with one:9092 must succeed (wrong version number): current value of kafka.tls.caFile is "ca.pem"',
    ],
    [
      connectionError(
        'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
        openSsl('tlsv13 alert certificate required'),
      ),
      'BROKER_UNTRUSTED: one:9092 must trust our certificate (tlsv13 alert certificate required): current value of kafka.tls.certFile is null',
    ],
  ];
  for (const [error, line] of lines) assert.equal(lineOf(error, { tls: { caFile: 'ca.pem' } }), line);
});

test('kafkaFailure() knows the errors of kafkajs itself, and finds the cause of those that only say it gave up', () => {
  const refused = connectionError('ECONNREFUSED');
  const retried = new KafkaJSNumberOfRetriesExceeded(refused, { retryCount: 5, retryTime: 1 });
  const codes: readonly (readonly [Error, string])[] = [
    [retried, 'BROKER_UNREACHABLE'],
    [new KafkaJSNonRetriableError(retried, { cause: retried }), 'BROKER_UNREACHABLE'],
    [
      Object.assign(new Error('several'), { errors: [protocolError('TOPIC_AUTHORIZATION_FAILED')] }),
      'TOPIC_FORBIDDEN',
    ],
    [
      new KafkaJSConnectionClosedError('Closed connection', { host: 'one', port: 9092 }),
      'BROKER_UNREACHABLE',
    ],
    [new KafkaJSConnectionError('Connection timeout', { broker: 'one:9092' }), 'BROKER_UNREACHABLE'],
    [new KafkaJSRequestTimeoutError('Request timed out'), 'BROKER_UNREACHABLE'],
    [new KafkaJSTopicMetadataNotLoaded('Not loaded'), 'BROKER_UNREACHABLE'],
    [new KafkaJSGroupCoordinatorNotFound('Not found'), 'BROKER_UNREACHABLE'],
    [new KafkaJSTimeout('Timeout'), 'BROKER_UNREACHABLE'],
    // What lies deepest says more.
    [
      Object.assign(new KafkaJSTimeout('Timeout'), { cause: protocolError('GROUP_AUTHORIZATION_FAILED') }),
      'TOPIC_FORBIDDEN',
    ],
    [new KafkaJSLockTimeout('Timeout'), 'BROKER_UNREACHABLE'],
  ];
  for (const [error, code] of codes) assert.equal(lineOf(error).split(':')[0], code, error.name);
  const login = new KafkaJSSASLAuthenticationError(
    'SASL PLAIN authentication failed: Authentication failed: Invalid username or password',
  );
  assert.equal(
    lineOf(login),
    'BROKER_REFUSED_LOGIN: the broker refuses the login: current value is user "reader" by scram-sha-512 (invalid username or password)',
  );
});

test('kafkaFailure() leaves failures of ours as they are, however deep they lie', () => {
  const own = new PipelineError('BATCH_UNREADABLE', 'Cannot unpack a batch');
  assert.equal(failure(own), own);
  assert.equal(failure(new KafkaJSNonRetriableError(own, { cause: own })), own);
});

test('kafkaFailure() takes no fault of the program for the brokers’', () => {
  const thrown = (run: () => unknown): unknown => {
    try {
      return run();
    } catch (error) {
      return error;
    }
  };
  const missing = 'Cannot read properties of null';
  const fault = thrown(() => (null as unknown as { answer: string }).answer);
  assert.ok(fault instanceof TypeError && fault.message.startsWith(missing));
  // Called by kafkajs, which is further down the stack then.
  const called = Object.assign(new TypeError(missing), {
    stack: `TypeError: ${missing}\n    at work (/a/streams/kafka/x.ts:1:1)\n    at run (/a/node_modules/kafkajs/src/retry.js:1:1)`,
  });
  const others = [
    fault,
    called,
    new RangeError('Too long'),
    new KafkaJSError('Something else'),
    'no error',
    undefined,
  ];
  for (const other of others) assert.equal(failure(other), other);
  // But kafkajs takes apart what it has got from no broker.
  const ofClient = Object.assign(new TypeError(missing), {
    stack: `TypeError: ${missing}\n    at find (/a/node_modules/kafkajs/src/cluster/index.js:1:1)`,
  });
  assert.match(lineOf(ofClient), /^BROKER_UNREACHABLE: .*no broker has given an answer/);
  assert.equal(
    failure(new KafkaJSNonRetriableError(called, { cause: called })) instanceof PipelineError,
    false,
  );
});
