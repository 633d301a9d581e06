import { z } from 'zod';
import { topicName } from './topic-name.ts';

const MIB = 1024 * 1024;

const tlsSchema = z
  .strictObject({
    caFile: z
      .string()
      .nullable()
      .default(null)
      .describe('PEM file of trusted authorities; null for the system’s'),
    certFile: z
      .string()
      .nullable()
      .default(null)
      .describe('PEM file of the client certificate; null for none'),
    keyFile: z.string().nullable().default(null).describe('PEM file of the client certificate’s key'),
    serverName: z
      .string()
      .nullable()
      .default(null)
      .describe('Name that brokers’ certificates must bear; null for their own host'),
  })
  .refine(({ certFile, keyFile }) => (certFile === null) === (keyFile === null), {
    path: ['keyFile'],
    message: 'must be given with certFile, or neither',
  });

/** Login of brokers. What is secret comes by environment or from a file. */
export const SASL_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'] as const;

const saslSchema = z
  .strictObject({
    mechanism: z.enum(SASL_MECHANISMS).describe('How to log in'),
    username: z.string().nullable().default(null).describe('User; for oauthbearer the client id'),
    password: z
      .string()
      .nullable()
      .default(null)
      .describe('Secret, by environment only; for oauthbearer the client secret'),
    passwordFile: z.string().nullable().default(null).describe('File that holds the password'),
    tokenFile: z
      .string()
      .nullable()
      .default(null)
      .describe('oauthbearer: file with the token, read anew each time'),
    tokenUrl: z
      .url({ protocol: /^https?$/ })
      .nullable()
      .default(null)
      .describe('oauthbearer: endpoint of the client-credentials grant'),
    scope: z.string().nullable().default(null).describe('oauthbearer: scope asked for at tokenUrl'),
  })
  .refine(({ mechanism, username }) => mechanism === 'oauthbearer' || username !== null, {
    path: ['username'],
    message: 'must be given for this mechanism',
  })
  .refine(
    ({ mechanism, tokenFile, tokenUrl }) =>
      mechanism !== 'oauthbearer' || (tokenFile === null) !== (tokenUrl === null),
    {
      path: ['tokenUrl'],
      message: 'must be given for oauthbearer, or tokenFile, one of them',
    },
  );

export const kafkaSection = z
  .strictObject({
    brokers: z
      .array(z.string().regex(/^[^\s:/]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/, 'must be host:port'))
      .max(64)
      .default([])
      .describe('Addresses to begin with, host:port'),
    clientId: z
      .string()
      .min(1)
      .default('nightjar')
      .describe('Name of this program in the brokers’ logs and quotas'),
    groupId: z
      .string()
      .min(1)
      .default('nightjar')
      .describe('Consumer group; also begins the transactional ids'),
    tls: tlsSchema.nullable().default(null).describe('Encryption; null for none'),
    sasl: saslSchema.nullable().default(null).describe('Login; null for none'),
    connectTimeoutMs: z.int().positive().default(10_000).describe('Limit of connecting to one broker, ms'),
    requestTimeoutMs: z.int().positive().default(30_000).describe('Limit of one request, ms'),
    sessionTimeoutMs: z
      .int()
      .min(1000)
      .default(30_000)
      .describe('A member that was silent for longer has left the group, ms'),
    heartbeatMs: z.int().positive().default(3000).describe('Between signs of life, ms'),
    rebalanceTimeoutMs: z
      .int()
      .positive()
      .default(60_000)
      .describe('Limit for members to join again when the group changes, ms'),
    transactionTimeoutMs: z
      .int()
      .positive()
      .default(60_000)
      .describe('Brokers abort transactions that are open for longer, ms'),
    fetchWaitMs: z.int().positive().default(500).describe('A broker without new messages answers after, ms'),
    fetchBytesMax: z
      .int()
      .positive()
      .default(32 * MIB)
      .describe('Bytes of one answer of a broker'),
    partitionFetchBytesMax: z
      .int()
      .positive()
      .default(8 * MIB)
      .describe('Bytes of one partition in it; a larger message still comes'),
    unpackedBytesMax: z
      .int()
      .positive()
      .default(128 * MIB)
      .describe('Compressed batches of messages that hold more are not read, bytes'),
    queuePacketsMax: z
      .int()
      .positive()
      .default(1024)
      .describe('Messages of a partition waiting; above it, the partition is paused'),
    queueBytesMax: z
      .int()
      .positive()
      .default(128 * MIB)
      .describe('Bytes of messages waiting in all partitions; above it, all are paused'),
    messageBytesMax: z
      .int()
      .positive()
      .default(900_000)
      .describe('Bytes of one message, and of what is sent at a time; below the brokers’ message.max.bytes'),
    stallMs: z
      .int()
      .positive()
      .default(60_000)
      .describe('Without an answer to a fetch for longer, the consumer is made anew, ms'),
    topicsRefreshMs: z
      .int()
      .positive()
      .default(60_000)
      .describe('New topics of a pattern are looked for after, ms'),
    retryMs: z
      .int()
      .positive()
      .default(1000)
      .describe('A partition that failed is begun anew after, ms, doubling with each failure'),
    retryMsMax: z.int().positive().default(30_000).describe('Longest wait before that, ms'),
  })
  .refine(({ heartbeatMs, sessionTimeoutMs }) => heartbeatMs * 3 <= sessionTimeoutMs, {
    path: ['heartbeatMs'],
    message: 'must be at most a third of sessionTimeoutMs',
  });

export const serviceSection = z.strictObject({
  rekey: z
    .boolean()
    .default(false)
    .describe(
      'Several instances: alerts of sources that are not keyed go through service.alertsTopic, keyed by object',
    ),
  alertsTopic: topicName
    .default('nightjar.alerts')
    .describe('Internal topic of slim alerts, keyed by object'),
  retriesTopic: topicName
    .default('nightjar.retries')
    .describe('Topic through which dead letters are replayed'),
  registryOutageMs: z
    .int()
    .nonnegative()
    .default(600_000)
    .describe(
      'A partition waits so long for a schema registry that does not answer, then what needs it is a dead letter, ms',
    ),
  drainMs: z.int().positive().default(30_000).describe('Limit of finishing what is under way at SIGTERM, ms'),
});

export const outputsSection = z.strictObject({
  format: z
    .enum(['json', 'avro'])
    .default('json')
    .describe('Of the records; Avro schemas are registered at registry.url'),
  scores: topicName.default('nightjar.scores').describe('Topic of all scores'),
  candidates: topicName.default('nightjar.candidates').describe('Topic of the scores above the threshold'),
  deadLetters: topicName.default('nightjar.dead-letters').describe('Topic of packets that could not be used'),
  tooLate: topicName
    .default('nightjar.too-late')
    .describe('Topic of packets older than window.retentionDays'),
  create: z
    .boolean()
    .default(true)
    .describe('Topics out, and the internal ones, are created where they are not there'),
  partitions: z.int().positive().max(10_000).default(8).describe('Partitions of topics that are created'),
  replicas: z
    .int()
    .positive()
    .max(32)
    .nullable()
    .default(null)
    .describe('Replicas of them; null for the brokers’ default'),
});

export const candidatesSection = z.strictObject({
  detector: z.string().default('knn').describe('Detector whose score is held against scoreMin'),
  scoreMin: z.number().default(0.5).describe('Scores from here on are candidates; larger is more novel'),
  pValueMax: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .default(null)
    .describe('In place of scoreMin where a release is calibrated'),
});

export const webhookSection = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .nullable()
    .default(null)
    .describe('Where candidates are posted as JSON; null for nowhere'),
  secret: z.string().nullable().default(null).describe('Secret of the signature, by environment only'),
  secretFile: z.string().nullable().default(null).describe('File that holds the secret'),
  timeoutMs: z.int().positive().default(5000).describe('Limit of one request, ms'),
  attemptsMax: z.int().positive().default(8).describe('Attempts before a candidate is given up and counted'),
  retryMs: z.int().positive().default(500).describe('Wait after the first failure, ms, doubling with each'),
  queueMax: z
    .int()
    .positive()
    .default(256)
    .describe('Candidates of a partition under way at a time; the rest waits in its topic'),
  requestsMax: z.int().positive().max(1024).default(8).describe('Requests at a time'),
  retryMsMax: z
    .int()
    .positive()
    .default(60_000)
    .describe('Longest wait after a failure, also where the receiver asks for a longer one, ms'),
});
