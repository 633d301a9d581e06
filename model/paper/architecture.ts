import { z } from 'zod';

const size = (largest: number): z.ZodInt => z.int().positive().max(largest);

/**
 * The sizes of an AstroM³ model; the defaults are the published ones (15,869,827 parameters). Bounds keep a damaged file
 * from asking for more memory than any machine has.
 *
 * @source Rizhko & Bloom 2024, arXiv:2411.08842
 */
export const paperArchitectureSchema = z
  .strictObject({
    embeddingDimensions: size(4096).default(512).describe('Dimensions of an embedding'),
    attention: z
      .enum(['prob', 'full'])
      .default('prob')
      .describe('Sparse attention as published, or all keys for all queries'),
    photometry: z
      .strictObject({
        length: size(2048).default(200).describe('Steps of a light curve'),
        channels: size(256).default(9).describe('Values of a step'),
        dimensions: size(2048).default(128).describe('Width of the encoder'),
        heads: size(64).default(4).describe('Heads of attention; they divide the width'),
        feedForward: size(8192).default(512).describe('Width between the two maps of a layer'),
        layers: size(64).default(8).describe('Layers of the encoder'),
        factor: size(64).default(1).describe('Sparse attention: keys sampled, times ⌈ln length⌉'),
      })
      .refine(({ dimensions, heads }) => dimensions % heads === 0, 'the heads must divide the dimensions')
      .refine(({ dimensions }) => dimensions % 2 === 0, 'the dimensions must be even')
      .prefault({}),
    spectra: z
      .strictObject({
        length: size(65_536).default(2575).describe('Samples of a spectrum'),
        channels: z
          .array(size(1024))
          .min(2)
          .max(16)
          .default([3, 64, 64, 32, 32])
          .describe('Channels of the input and after each convolution'),
        kernelSize: size(63).default(3).describe('Samples that a convolution spans'),
        poolSize: size(64).default(4).describe('Samples that pooling makes one'),
      })
      .refine(
        (spectra) => spectraLength(spectra) >= 1,
        'the spectrum must be longer than what is cut from it',
      )
      .prefault({}),
    metadata: z
      .strictObject({
        inputs: size(4096).default(34).describe('Catalogue values of an object'),
        hiddenDimensions: size(4096).default(512).describe('Width of the encoder'),
      })
      .prefault({}),
  })
  .readonly();

export type PaperArchitecture = z.infer<typeof paperArchitectureSchema>;

/**
 * Whether attention output, padding and sampling are as in the research code (`reference`: weights published with it
 * mean what they did) or as they should be (`corrected`):
 *
 * - `reference`: the context of sparse attention is read as if its axes were (length, heads) although they are
 *   (heads, length), and padded steps take part in attention.
 * - `corrected`: heads are put side by side, and padded steps are neither keys nor part of means.
 */
export const PAPER_LAYOUTS = ['reference', 'corrected'] as const;
export type PaperLayout = (typeof PAPER_LAYOUTS)[number];

/** Queries with attention of their own, and keys sampled to find them: factor · ⌈ln length⌉, at most the length. */
export function sampledKeys({ length, factor }: PaperArchitecture['photometry']): number {
  return Math.min(length, Math.max(1, factor * Math.ceil(Math.log(length))));
}

interface SpectraSizes {
  readonly length: number;
  readonly channels: readonly number[];
  readonly kernelSize: number;
  readonly poolSize: number;
}

/** Length of the spectra encoder's last feature map: every convolution but the last is followed by pooling. */
export function spectraLength(spectra: SpectraSizes): number {
  const convolutions = spectra.channels.length - 1;
  let length = spectra.length;
  for (let i = 0; i < convolutions; i++) {
    length -= spectra.kernelSize - 1;
    if (i < convolutions - 1) length = Math.floor(length / spectra.poolSize);
  }
  return length;
}

/** The published configuration file; keys that do not shape the forward pass are not looked at. */
const publishedConfigSchema = z.object({
  hidden_dim: z.int().default(512),
  seq_len: z.int().default(200),
  p_enc_in: z.int().default(9),
  p_d_model: z.int().default(128),
  p_factor: z.int().default(1),
  p_n_heads: z.int().default(4),
  p_d_ff: z.int().default(512),
  p_activation: z.literal('gelu').default('gelu'),
  p_e_layers: z.int().default(8),
  s_conv_channels: z.array(z.int()).default([3, 64, 64, 32, 32]),
  s_kernel_size: z.int().default(3),
  s_mp_kernel_size: z.int().default(4),
  m_input_dim: z.int().default(34),
  m_hidden_dim: z.int().default(512),
});

/**
 * The architecture that a published config.json describes; what it does not say has the published value.
 *
 * @throws ZodError if a value is of the wrong kind, out of bounds, or asks for another activation than GELU
 */
export function architectureFromConfig(config: unknown): PaperArchitecture {
  const read = publishedConfigSchema.parse(config);
  return paperArchitectureSchema.parse({
    embeddingDimensions: read.hidden_dim,
    photometry: {
      length: read.seq_len,
      channels: read.p_enc_in,
      dimensions: read.p_d_model,
      heads: read.p_n_heads,
      feedForward: read.p_d_ff,
      layers: read.p_e_layers,
      factor: read.p_factor,
    },
    spectra: {
      channels: read.s_conv_channels,
      kernelSize: read.s_kernel_size,
      poolSize: read.s_mp_kernel_size,
    },
    metadata: { inputs: read.m_input_dim, hiddenDimensions: read.m_hidden_dim },
  });
}
