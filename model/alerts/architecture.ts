import { z } from 'zod';

/** Sizes of the three encoders; a release holds its own. */
export const alertsArchitectureSchema = z
  .strictObject({
    dimensions: z.int().min(2).max(4096).describe('Length of an embedding'),
    photometry: z.strictObject({
      width: z.int().min(1).max(4096).describe('Length of a token inside the encoder'),
      layers: z.int().min(1).max(64),
      heads: z.int().min(1).max(64),
      feedForward: z.int().min(1).max(16_384),
      hidden: z.int().min(1).max(16_384).describe('Width of the layer that joins tokens and globals'),
    }),
    spectrum: z.strictObject({
      channels: z
        .array(z.int().min(1).max(4096))
        .min(1)
        .max(8)
        .describe('Of each convolution; each halves the length'),
      heads: z.int().min(1).max(64),
    }),
    metadata: z.strictObject({ hidden: z.int().min(1).max(16_384) }),
  })
  .refine(({ photometry }) => photometry.width % photometry.heads === 0, 'width must be a multiple of heads')
  .refine(
    ({ spectrum }) => (spectrum.channels.at(-1) ?? 0) % spectrum.heads === 0,
    'the last channels must be a multiple of heads',
  );

export type AlertsArchitecture = z.infer<typeof alertsArchitectureSchema>;

/** Small enough for a CPU: 407,752 parameters. */
export const DEFAULT_ALERTS_ARCHITECTURE: AlertsArchitecture = {
  dimensions: 128,
  photometry: { width: 64, layers: 2, heads: 4, feedForward: 128, hidden: 256 },
  spectrum: { channels: [32, 64, 128], heads: 4 },
  metadata: { hidden: 128 },
};
