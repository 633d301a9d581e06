import type { GraphBuilder } from '../../ir/builder.ts';
import type { Shape, Value } from '../../ir/types.ts';
import { noDropout } from '../../ir/dropout.ts';
import type { DropoutRows } from './encode-in-pieces.ts';

/** Where a model drops elements: an input that holds which ones are kept. */
export interface DropoutSite {
  /** Name of the input: bool [batch, …], true where an element is kept. */
  readonly input: string;
  readonly shape: readonly number[];
  /** Share of elements that are dropped. */
  readonly ratio: number;
}

export interface DropoutOptions {
  readonly batch: number;
  /** Share of elements dropped at a site; 0 writes nothing. */
  readonly ratioAt: (site: string) => number;
}

/** Beginning of the names of all inputs that hold masks. */
const PREFIX = 'dropout.';

/**
 * Dropout whose masks are inputs, so that a step is a pure function: the same masks give the same step, on any device and
 * after a restart. What is kept is scaled by 1 / (1 − ratio).
 *
 * @returns the dropout for any rows of the batch, and the sites that were written, to be read when the graph is complete
 * @source Srivastava et al. 2014, JMLR 15:1929, in the inverted form
 */
export function dropoutInputs({ batch, ratioAt }: DropoutOptions): {
  readonly dropout: DropoutRows;
  readonly sites: readonly DropoutSite[];
} {
  const sites: DropoutSite[] = [];
  const masks = new Map<string, Value>();
  const maskOf = (g: GraphBuilder, site: string, { shape, ratio }: SiteSizes): Value => {
    const known = masks.get(site);
    if (known !== undefined) return known;
    const sizes = [batch, ...shape.slice(1).map(Number)];
    const mask = g.input(`${PREFIX}${site}`, 'bool', sizes);
    masks.set(site, mask);
    sites.push({ input: `${PREFIX}${site}`, shape: sizes, ratio });
    return mask;
  };
  return {
    sites,
    dropout:
      ({ first, count }) =>
      (g, x, site) => {
        const ratio = ratioAt(site);
        if (ratio === 0) return noDropout(g, x, site);
        const mask = maskOf(g, site, { shape: x.shape, ratio });
        const kept = count === batch ? mask : g.slice(mask, 0, first, first + count);
        return g.where(kept, g.mul(x, 1 / (1 - ratio)), 0);
      },
  };
}

interface SiteSizes {
  readonly shape: Shape;
  readonly ratio: number;
}
