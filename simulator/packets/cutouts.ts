import { gzipSync } from 'node:zlib';
import { Random } from '../../core/index.ts';

const FITS_BLOCK_BYTES = 2880;
const FITS_CARD_BYTES = 80;
/** Drawn once and reused from different places: noise that repeats only over tens of thousands of pixels. */
const NOISE_VALUES = 65_536;
/** Stamps kept for reuse, bytes in all; the oldest go first. */
const CACHE_BYTES_MAX = 48 * 1024 * 1024;
/** Fluxes within a step of ln flux are the same stamp: right to 2.5 %, as a survey's own stamps are. */
const FLUX_STEP_LN = 0.05;
const NOISE_STEP_LN = 0.35;
const NOISE_VARIANTS = 3;

export interface StampFormat {
  /** Side; odd, so that the source is in the middle of a pixel. */
  readonly pixels: number;
  readonly pixelArcsec: number;
  readonly fwhmArcsec: number;
  /** Flux of one unit of a pixel's value, nJy. */
  readonly unitNjy: number;
  /** FITS BUNIT of the pixels. */
  readonly unitName: string;
  readonly isGzipped: boolean;
}

export interface Scene {
  /** Flux of the point source in the middle, nJy; negative where it faded. */
  readonly pointNjy: number;
  /** 1σ noise of a point source's flux, nJy. */
  readonly noiseNjy: number;
  readonly galaxy: SceneGalaxy | null;
  /** Picks one of a few realisations of the noise. */
  readonly variant: number;
}

/** An exponential disc beside the source. */
export interface SceneGalaxy {
  readonly fluxNjy: number;
  readonly scaleArcsec: number;
  readonly offsetEastArcsec: number;
  readonly offsetNorthArcsec: number;
}

/** A scene in steps: scenes with the same steps are the same stamp. */
interface SteppedScene {
  readonly pointNjy: number;
  readonly noiseNjy: number;
  readonly galaxyNjy: number;
  readonly scalePixels: number;
  readonly xPixels: number;
  readonly yPixels: number;
  readonly variant: number;
}

/** Nearest value that is a whole number of logarithmic steps from 1, with its sign; 0 below a thousandth. */
function stepped(value: number, stepLn: number): number {
  if (Math.abs(value) < 1e-3) return 0;
  return Math.sign(value) * Math.exp(Math.round(Math.log(Math.abs(value)) / stepLn) * stepLn);
}

/**
 * Makes cutout images: a point source, a galaxy, noise, as minimal FITS files. The bytes of a stamp depend on its scene
 * alone, whatever was made before.
 *
 * @source FITS standard 4.0, sections 3 and 4 (header cards, blocks, big-endian IEEE floats)
 */
export class StampMaker {
  readonly #format: StampFormat;
  readonly #header: Buffer;
  readonly #noise: Float32Array;
  readonly #cache = new Map<string, Buffer>();
  #cachedBytes = 0;

  constructor(format: StampFormat) {
    this.#format = format;
    this.#header = fitsHeader(format);
    const random = new Random('stamp noise');
    this.#noise = Float32Array.from({ length: NOISE_VALUES }, () => random.normal());
  }

  stampOf(scene: Scene): Buffer {
    const { pixelArcsec } = this.#format;
    const { galaxy } = scene;
    const steps: SteppedScene = {
      pointNjy: stepped(scene.pointNjy, FLUX_STEP_LN),
      noiseNjy: stepped(scene.noiseNjy, NOISE_STEP_LN),
      galaxyNjy: stepped(galaxy?.fluxNjy ?? 0, 0.1),
      scalePixels: stepped((galaxy?.scaleArcsec ?? 0) / pixelArcsec, 0.3),
      xPixels: -Math.round((galaxy?.offsetEastArcsec ?? 0) / pixelArcsec),
      yPixels: Math.round((galaxy?.offsetNorthArcsec ?? 0) / pixelArcsec),
      variant: scene.variant % NOISE_VARIANTS,
    };
    const key = Object.values(steps).join(' ');
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    const stamp = this.#made(steps);
    this.#keep(key, stamp);
    return stamp;
  }

  #keep(key: string, stamp: Buffer): void {
    this.#cache.set(key, stamp);
    this.#cachedBytes += stamp.length;
    for (const [oldest, { length }] of this.#cache) {
      if (this.#cachedBytes <= CACHE_BYTES_MAX) break;
      this.#cache.delete(oldest);
      this.#cachedBytes -= length;
    }
  }

  #made(scene: SteppedScene): Buffer {
    const { pixels, unitNjy, isGzipped } = this.#format;
    const image = this.#image(scene);
    const dataBytes = Math.ceil((pixels * pixels * 4) / FITS_BLOCK_BYTES) * FITS_BLOCK_BYTES;
    const file = Buffer.alloc(this.#header.length + dataBytes);
    this.#header.copy(file);
    const view = new DataView(file.buffer, file.byteOffset + this.#header.length);
    for (let i = 0; i < image.length; i++) view.setFloat32(4 * i, (image[i] ?? 0) / unitNjy);
    return isGzipped ? gzipped(file) : file;
  }

  /** [pixels²] flux per pixel, nJy, rounded to a power-of-two share of the noise so that it compresses as real stamps do. */
  #image(scene: SteppedScene): Float64Array {
    const { pixels, pixelArcsec, fwhmArcsec, unitNjy } = this.#format;
    const sigma = fwhmArcsec / pixelArcsec / 2.355;
    const pixelNoise = scene.noiseNjy / Math.sqrt(4 * Math.PI * sigma * sigma);
    const quantum = unitNjy * 2 ** Math.round(Math.log2(Math.max(1e-6, pixelNoise / unitNjy / 4)));
    const peak = scene.pointNjy / (2 * Math.PI * sigma * sigma);
    const scale = Math.hypot(scene.scalePixels, sigma);
    const disc = scene.galaxyNjy / (2 * Math.PI * scale * scale);
    const image = new Float64Array(pixels * pixels);
    const noiseFrom =
      (scene.variant * 16_127 + Math.abs(Math.round(Math.log(scene.noiseNjy + 1) * 97))) % NOISE_VALUES;
    for (let i = 0; i < image.length; i++)
      image[i] = pixelNoise * (this.#noise[(noiseFrom + i) % NOISE_VALUES] ?? 0);
    this.#addPoint(image, peak, sigma);
    if (disc !== 0) this.#addDisc(image, disc, { ...scene, scale });
    const perQuantum = 1 / quantum;
    for (let i = 0; i < image.length; i++) image[i] = Math.round((image[i] ?? 0) * perQuantum) * quantum;
    return image;
  }

  #addPoint(image: Float64Array, peak: number, sigma: number): void {
    const { pixels } = this.#format;
    const centre = (pixels - 1) / 2;
    const reach = Math.min(Math.floor(centre), Math.ceil(6 * sigma));
    for (let y = -reach; y <= reach; y++) {
      const row = peak * Math.exp(-(y * y) / (2 * sigma * sigma));
      for (let x = -reach; x <= reach; x++) {
        const at = (centre + y) * pixels + centre + x;
        image[at] = (image[at] ?? 0) + row * Math.exp(-(x * x) / (2 * sigma * sigma));
      }
    }
  }

  #addDisc(
    image: Float64Array,
    peak: number,
    place: { scale: number; xPixels: number; yPixels: number },
  ): void {
    const { pixels } = this.#format;
    const centre = (pixels - 1) / 2;
    for (let i = 0; i < image.length; i++) {
      const x = (i % pixels) - centre - place.xPixels;
      const y = Math.floor(i / pixels) - centre - place.yPixels;
      image[i] = (image[i] ?? 0) + peak * Math.exp(-Math.sqrt(x * x + y * y) / place.scale);
    }
  }
}

function fitsHeader({ pixels, unitName }: StampFormat): Buffer {
  const logical = (name: string, value: string): string => `${name.padEnd(8)}= ${value.padStart(20)}`;
  const cards = [
    logical('SIMPLE', 'T'),
    logical('BITPIX', '-32'),
    logical('NAXIS', '2'),
    logical('NAXIS1', String(pixels)),
    logical('NAXIS2', String(pixels)),
    `BUNIT   = '${unitName.padEnd(8)}'`,
    'END',
  ];
  const text = cards.map((card) => card.padEnd(FITS_CARD_BYTES)).join('');
  return Buffer.from(text.padEnd(FITS_BLOCK_BYTES), 'latin1');
}

/** Offset of the operating-system byte in a gzip header. @source RFC 1952, section 2.3 */
const GZIP_SYSTEM_BYTE = 9;

/** gzip with a header that is the same on every system: no time, unknown system. */
function gzipped(bytes: Buffer): Buffer {
  const compressed = gzipSync(bytes, { level: 1 });
  compressed[GZIP_SYSTEM_BYTE] = 0xff;
  return compressed;
}
