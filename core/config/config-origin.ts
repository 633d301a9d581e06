/** Where a value of the configuration comes from. */
export type ConfigOrigin =
  | { readonly kind: 'default' }
  | { readonly kind: 'file'; readonly line: number }
  | { readonly kind: 'environment'; readonly variable: string }
  | { readonly kind: 'option' };

const DEFAULT: ConfigOrigin = { kind: 'default' };

/** Where each value comes from, by its place; what was given for an object or a list holds for all in it. */
export class ConfigOrigins {
  readonly #byPlace = new Map<string, ConfigOrigin>();

  /** Notes what was given; what earlier layers gave inside it is gone. */
  set(path: readonly PropertyKey[], origin: ConfigOrigin): void {
    const place = placeText(path);
    for (const known of this.#byPlace.keys()) {
      if (known.startsWith(`${place}.`) || known.startsWith(`${place}[`)) this.#byPlace.delete(known);
    }
    this.#byPlace.set(place, origin);
  }

  /** Of a value, or of the innermost object around it that was given. */
  of(path: readonly PropertyKey[]): ConfigOrigin {
    for (let length = path.length; length > 0; length--) {
      const origin = this.#byPlace.get(placeText(path.slice(0, length)));
      if (origin !== undefined) return origin;
    }
    return DEFAULT;
  }
}

/** A place in the configuration as it is written: `sources[0].topics`. */
export function placeText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}

/** An origin in words; `''` for a default. */
export function originText(origin: ConfigOrigin): string {
  if (origin.kind === 'file') return `line ${origin.line}`;
  if (origin.kind === 'environment') return origin.variable;
  return origin.kind === 'option' ? 'an option' : '';
}
