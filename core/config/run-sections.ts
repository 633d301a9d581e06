import { z } from 'zod';
import { DEVICE_CHOICES } from '../device.ts';

const MIB = 1024 * 1024;

/** The release, and where it runs. */
export const modelSection = z.strictObject({
  release: z.string().default('default').describe('Name of a shipped release, or a folder'),
  device: z
    .enum(DEVICE_CHOICES)
    .default('cpu')
    .describe('Where the model runs: what is named, or the start fails; auto takes the best that is there'),
  workers: z.int().positive().default(1).describe('Inference worker threads'),
});

/** What makes a score of an embedding. */
export const scoreSection = z.strictObject({
  neighbours: z
    .int()
    .positive()
    .max(100)
    .default(10)
    .describe('Nearest reference objects, k of the k-NN distance'),
});

/** Sizes of what is under way. */
export const pipelineSection = z.strictObject({
  batchPackets: z.int().positive().default(128).describe('Packets of a micro-batch'),
  batchBytesMax: z
    .int()
    .positive()
    .default(32 * MIB)
    .describe('A micro-batch ends with the packet that reaches it, bytes of packets and their points'),
  batchesInFlightMax: z.int().positive().default(3).describe('Micro-batches between source and sink'),
});

/** Where the run can be watched. */
export const metricsSection = z.strictObject({
  port: z
    .int()
    .min(0)
    .max(65_535)
    .nullable()
    .default(null)
    .describe('Port of /metrics, and of /health and /ready of the service; 0 for any, null for none'),
  host: z.string().default('127.0.0.1').describe('Address of that port'),
});

/** What is written to standard error. */
export const logSection = z.strictObject({
  level: z
    .enum(['silent', 'error', 'warn', 'info', 'debug'])
    .default('warn')
    .describe('Least severe that is logged'),
});
