import type { Random } from '../../core/index.ts';
import { clamped, logNormal, logUniform } from '../sky/distributions.ts';
import { blackBodyRatio } from '../sky/radiation.ts';
import { balmerLines, stellarFeatures } from '../sky/spectral-features.ts';
import type { SpectralFeature } from '../sky/spectral-features.ts';
import type { ClassDefinition, Sight } from './source.ts';
import { R_ANGSTROM, drawStar, njyFromMag, starFluxNjy } from './star.ts';

interface Outburst {
  readonly startMjdTai: number;
  readonly plateauDays: number;
  readonly amplitudeMag: number;
  readonly declineMagPerDay: number;
}

const OUTBURST_RISE_DAYS = 1;

/** Magnitudes above quiescence in one outburst: a day up, a plateau, a straight decline. */
function outburstMag(outburst: Outburst, mjdTai: number): number {
  const days = mjdTai - outburst.startMjdTai;
  if (days <= 0) return 0;
  if (days < OUTBURST_RISE_DAYS) return outburst.amplitudeMag * (days / OUTBURST_RISE_DAYS) ** 0.6;
  const faded = Math.max(0, days - OUTBURST_RISE_DAYS - outburst.plateauDays) * outburst.declineMagPerDay;
  const plateauDecline = 0.1 * Math.min(days - OUTBURST_RISE_DAYS, outburst.plateauDays);
  return Math.max(0, outburst.amplitudeMag - plateauDecline - faded);
}

/** Outbursts over the sight: one under way at the focus, others before and after at scattered intervals. */
function drawOutbursts(
  random: Random,
  sight: Sight,
  options: { recurrenceDays: number; amplitudeMag: number },
): Outburst[] {
  const { recurrenceDays, amplitudeMag } = options;
  const draw = (startMjdTai: number): Outburst => {
    const isSuper = random.uniform() < 0.2;
    return {
      startMjdTai,
      plateauDays: isSuper ? random.between(8, 14) : random.between(0.5, 4),
      amplitudeMag: amplitudeMag * random.between(0.85, 1) + (isSuper ? 0.7 : 0),
      declineMagPerDay: random.between(0.45, 0.9),
    };
  };
  const first = sight.focusMjdTai - random.between(0.3, 11);
  const outbursts = [draw(first)];
  const interval = (): number => recurrenceDays * clamped(1 + 0.25 * random.normal(), 0.5, 1.8);
  for (let t = first - interval(); t > sight.startMjdTai; t -= interval()) outbursts.push(draw(t));
  for (let t = first + interval(); t < sight.endMjdTai; t += interval()) outbursts.push(draw(t));
  return outbursts;
}

/**
 * Dwarf novae: outbursts of 2–6 mag whose amplitude grows with recurrence time, a fifth of them superoutbursts; a blue disc
 * with Balmer and helium emission in quiescence.
 *
 * @source Warner 1995, Cataclysmic Variable Stars, eq. 3.1 (Kukarkin–Parenago: A = 0.7 + 1.9 log₁₀ T); Otulakowska-Hypka
 *   et al. 2016, doi:10.1093/mnras/stw1120 (amplitudes, durations)
 */
export const DWARF_NOVA: ClassDefinition = {
  weight: 0.05,
  isOddity: false,
  population: 'disc',
  draw(random, sight) {
    const recurrenceDays = logUniform(random, 18, 400);
    const amplitudeMag = clamped(0.7 + 1.9 * Math.log10(recurrenceDays) + 0.5 * random.normal(), 1.8, 6.5);
    const absoluteMag = 9.5 + random.normal();
    const quiescentKelvin = 9000;
    const star = drawStar(random, {
      sight,
      absoluteMag,
      temperatureKelvin: quiescentKelvin,
      reachMag: amplitudeMag - 0.8,
      distanceMinParsec: 60,
      distanceMaxParsec: 6000,
    });
    const outbursts = drawOutbursts(random, sight, { recurrenceDays, amplitudeMag });
    const aboveMag = (mjdTai: number): number => {
      let highest = 0;
      for (const outburst of outbursts) highest = Math.max(highest, outburstMag(outburst, mjdTai));
      return highest;
    };
    const hotter = { temperatureKelvin: 15_000, anchorAngstrom: R_ANGSTROM };
    return {
      fluxNjy: (mjdTai, wavelengthAngstrom) => {
        const added = njyFromMag(star.meanMag) * (10 ** (0.4 * aboveMag(mjdTai)) - 1);
        return (
          starFluxNjy(star, wavelengthAngstrom) + added * blackBodyRatio({ ...hotter, wavelengthAngstrom })
        );
      },
      spectralFeatures: (mjdTai): SpectralFeature[] => {
        const height = 1.4 * 10 ** (-0.4 * aboveMag(mjdTai)) + 0.12;
        return [
          ...balmerLines({ height, sigmaKmPerS: 550, decrement: 0.75 }),
          { kind: 'line', restAngstrom: 5875.6, sigmaKmPerS: 500, height: 0.3 * height },
          { kind: 'line', restAngstrom: 4685.7, sigmaKmPerS: 500, height: 0.2 * height },
          { kind: 'line', restAngstrom: 6678.2, sigmaKmPerS: 500, height: 0.2 * height },
        ];
      },
      redshift: 0,
      truth: {
        timescaleDays: recurrenceDays,
        amplitudeMag,
        absoluteMag,
        peakMjdTai: outbursts[0]?.startMjdTai ?? sight.focusMjdTai,
      },
      setting: star,
    };
  },
};

interface Flare {
  readonly peakMjdTai: number;
  readonly halfWidthDays: number;
  /** Peak flux in r in units of the star's. */
  readonly peakRatio: number;
}

/**
 * Classical flare of unit height.
 *
 * @param halfWidths time from peak in units of the full width at half maximum
 * @source Davenport et al. 2014, doi:10.1088/0004-637X/797/2/122, eqs. 1 and 4
 */
export function flareShape(halfWidths: number): number {
  const t = halfWidths;
  if (t <= -1) return 0;
  if (t <= 0) return Math.max(0, 1 + 1.941 * t - 0.175 * t ** 2 - 2.246 * t ** 3 - 1.125 * t ** 4);
  return 0.689 * Math.exp(-1.6 * t) + 0.303 * Math.exp(-0.2783 * t);
}

/**
 * Flares of M dwarfs: minutes long, 9,500 K on a star of 3,200 K, so strong in the blue; sizes fall as a power law, and one
 * is under way at the focus.
 *
 * @source Davenport et al. 2014 (shape); Hawley et al. 2014, doi:10.1088/0004-637X/797/2/121 (energies); Kowalski et al.
 *   2013, doi:10.1088/0067-0049/207/1/15 (temperature)
 */
export const M_DWARF_FLARE: ClassDefinition = {
  weight: 0.03,
  isOddity: false,
  population: 'everywhere',
  draw(random, sight) {
    const temperatureKelvin = random.between(2950, 3500);
    const absoluteMag = 9.2 + (3500 - temperatureKelvin) / 110 + 0.4 * random.normal();
    const star = drawStar(random, {
      sight,
      absoluteMag,
      temperatureKelvin,
      reachMag: 0.5,
      distanceMinParsec: 8,
      distanceMaxParsec: 1500,
    });
    const draw = (peakMjdTai: number, floor: number): Flare => ({
      peakMjdTai,
      halfWidthDays: logNormal(random, 6, 0.7) / 1440,
      peakRatio: Math.min(30, floor * (1 - random.uniform()) ** -1.1),
    });
    const flares = [draw(sight.focusMjdTai - random.between(-0.001, 0.012), 0.12)];
    const intervalDays = logUniform(random, 0.7, 12);
    // Reference images are made of so many exposures that a flare in one of them leaves no trace.
    const from = Math.max(sight.startMjdTai, sight.focusMjdTai - 400);
    for (let t = from; t < sight.endMjdTai; t += intervalDays * -Math.log(1 - random.uniform())) {
      flares.push(draw(t, 0.02));
    }
    const flareRatio = (mjdTai: number): number => {
      let sum = 0;
      for (const { peakMjdTai, halfWidthDays, peakRatio } of flares) {
        const widths = (mjdTai - peakMjdTai) / halfWidthDays;
        if (widths > -1 && widths < 40) sum += peakRatio * flareShape(widths);
      }
      return sum;
    };
    const hot = { temperatureKelvin: 9500, anchorAngstrom: R_ANGSTROM };
    const photosphere = stellarFeatures(temperatureKelvin);
    return {
      fluxNjy: (mjdTai, wavelengthAngstrom) =>
        starFluxNjy(star, wavelengthAngstrom) +
        njyFromMag(star.meanMag) * flareRatio(mjdTai) * blackBodyRatio({ ...hot, wavelengthAngstrom }),
      spectralFeatures: (mjdTai) => [
        ...photosphere,
        ...balmerLines({ height: 1 + 3 * Math.min(1, flareRatio(mjdTai)), sigmaKmPerS: 130, decrement: 0.8 }),
      ],
      redshift: 0,
      truth: {
        absoluteMag,
        peakMjdTai: flares[0]?.peakMjdTai ?? sight.focusMjdTai,
        timescaleDays: flares[0]?.halfWidthDays ?? 0,
      },
      setting: star,
    };
  },
};
