import { fitsClass } from '../joins/spectra/fits-class.ts';
import { fitsSpectrum } from '../joins/spectra/fits-spectrum.ts';
import { readWhole } from '../joins/spectra/read-whole.ts';
import type { DataFault } from '../../core/index.ts';
import type { LocatedObject } from './file-data-set.ts';
import { nameBelow } from './files-below.ts';
import { checkedObject } from './raw-object.ts';

const NO_SURVEY = 'unknown';

/**
 * The object of a FITS file of LAMOST or SDSS: a spectrum alone, named by the file's path below what the user named, and
 * without endings; its class as `fitsClass` finds it.
 */
export async function* readSpectrumFile(
  file: string,
  options: {
    readonly root: string;
    readonly samplesMax: number;
    readonly fileBytesMax: number;
    readonly onFault: (fault: DataFault) => void;
  },
): AsyncGenerator<LocatedObject> {
  const { samplesMax } = options;
  const fault = (reason: string): void => {
    options.onFault({ file, row: null, reason });
  };
  const bytes = await readWhole(file, options.fileBytesMax);
  const read = bytes.ok ? await fitsSpectrum(bytes.value, { spectrumId: file, samplesMax }) : bytes;
  if (!read.ok) {
    fault(read.rejection.reason);
    return;
  }
  const { raDeg, decDeg, wavelengthAngstrom, flux, uncertainty, mask } = read.value;
  const { object, faults } = checkedObject(
    {
      objectId: nameBelow(options.root, file),
      className: bytes.ok ? await fitsClass(bytes.value, samplesMax) : null,
      split: null,
      survey: NO_SURVEY,
      raDeg,
      decDeg,
      lightCurve: null,
      spectrum: { wavelengthAngstrom, flux, uncertainty, mask },
      metadata: {},
      catalogue: null,
    },
    samplesMax,
  );
  faults.forEach(fault);
  if (object !== null) yield { file, row: null, object };
}
