import type { DataFault } from '../core/index.ts';
import { notice } from './notice.ts';

/** Lines that are printed; all are counted. */
const LINES_MAX = 20;

/** Tells of what data sets leave out: the first ones by a line each, all by their number. */
export class FaultNotices {
  readonly #told = new Set<string>();

  /** A data set that is read twice has the same fault twice: it counts once. */
  readonly add = ({ file, row, reason }: DataFault): void => {
    const line = `${row === null ? '' : `row ${row} of `}"${file}": ${reason}`;
    if (this.#told.has(line)) return;
    this.#told.add(line);
    if (this.#told.size <= LINES_MAX) notice(line);
  };

  /** How many there were, where not each had its line. */
  summarise(): void {
    const more = this.#told.size - LINES_MAX;
    if (more > 0) notice(`and ${more} more of what data sets leave out: ${this.#told.size} in all`);
  }
}
