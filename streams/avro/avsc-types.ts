import avro from 'avsc';
import { AvroDamage } from './avro-damage.ts';

/**
 * The cursor that avsc's types read from. It does not check bounds: past the end it gives zeros, and `pos`
 * tells. So every loop over a count that comes from the bytes must check; the types below do.
 */
interface Tap {
  readonly buf: Buffer;
  pos: number;
  readLong(): number;
  skipLong(): void;
  readString(): string;
  skipString(): void;
  readFixed(byteLength: number): Uint8Array;
}

/** What avsc's types and resolvers call on each other. */
interface Internals {
  _read(tap: Tap): unknown;
  _skip(tap: Tap): void;
}
interface ResolverSlot {
  _read: ((tap: Tap) => unknown) | null;
}

function internals(type: unknown): Internals {
  return type as Internals;
}

function checkPosition(tap: Tap): void {
  if (tap.pos > tap.buf.length) throw new AvroDamage('it ends within an array or a map', 'AVRO_TRUNCATED');
}

/**
 * Items in the next block of an array or map, 0 at its end: each takes at least a byte, so more cannot be
 * there.
 */
function blockCount(tap: Tap): number {
  let count = tap.readLong();
  if (count < 0) {
    count = -count;
    const byteLength = tap.readLong();
    if (byteLength < 0) throw new AvroDamage(`it has an array block of ${byteLength} bytes`);
  }
  checkPosition(tap);
  const left = tap.buf.length - tap.pos;
  if (count > left) throw new AvroDamage(`it has an array or map of ${count} items with ${left} bytes left`);
  return count;
}

// The constructors of avsc freeze the instance: subclasses have methods, no fields. `this` may be a resolver,
// which carries the same `itemsType` or `valuesType`.

class BoundedArray extends avro.types.ArrayType {
  _read(tap: Tap): unknown[] {
    const items = internals(this.itemsType);
    const values: unknown[] = [];
    for (let count = blockCount(tap); count > 0; count = blockCount(tap)) {
      while (count-- > 0) {
        values.push(items._read(tap));
        if (tap.pos > tap.buf.length) checkPosition(tap);
      }
    }
    return values;
  }

  _skip(tap: Tap): void {
    const items = internals(this.itemsType);
    for (let count = blockCount(tap); count > 0; count = blockCount(tap)) {
      while (count-- > 0) {
        items._skip(tap);
        if (tap.pos > tap.buf.length) checkPosition(tap);
      }
    }
  }
}

/** Maps as objects without a prototype, so that no key has a meaning. */
class BoundedMap extends avro.types.MapType {
  _read(tap: Tap): Record<string, unknown> {
    const type = internals(this.valuesType);
    const values = Object.create(null) as Record<string, unknown>;
    for (let count = blockCount(tap); count > 0; count = blockCount(tap)) {
      while (count-- > 0) {
        const key = tap.readString();
        values[key] = type._read(tap);
        checkPosition(tap);
      }
    }
    return values;
  }

  _skip(tap: Tap): void {
    const type = internals(this.valuesType);
    for (let count = blockCount(tap); count > 0; count = blockCount(tap)) {
      while (count-- > 0) {
        tap.skipString();
        type._skip(tap);
        checkPosition(tap);
      }
    }
  }
}

/** Bytes as a view of the packet, not a copy. */
class BytesView extends avro.types.BytesType {
  _read(tap: Tap): Uint8Array | undefined {
    const byteLength = tap.readLong();
    const start = tap.pos;
    if (byteLength < 0) throw new AvroDamage(`it has a byte string of ${byteLength} bytes`);
    tap.pos += byteLength;
    return tap.pos > tap.buf.length ? undefined : tap.buf.subarray(start, tap.pos);
  }
}

const scratch = new DataView(new ArrayBuffer(8));

/** 64-bit integers as `bigint`. */
class BigLong extends avro.types.LongType {
  _read(tap: Tap): bigint {
    const { buf } = tap;
    let pos = tap.pos;
    let low = 0;
    let middle = 0;
    let high = 0;
    let byte = 0x80;
    let length = 0;
    for (; byte >= 0x80 && length < 10; length++) {
      byte = buf[pos++] ?? 0;
      const bits = byte & 0x7f;
      if (length < 4) low |= bits << (7 * length);
      else if (length < 8) middle |= bits << (7 * (length - 4));
      else high |= bits << (7 * (length - 8));
    }
    tap.pos = pos;
    if (length <= 4) return BigInt((low >>> 1) ^ -(low & 1));
    if (byte >= 0x80) throw new AvroDamage('it has an integer of more than 64 bits');
    // Zigzag: the lowest bit is the sign, the others the magnitude.
    const low32 = low | (middle << 28);
    const high32 = (middle >>> 4) | (high << 24);
    const sign = -(low & 1);
    scratch.setInt32(0, ((low32 >>> 1) | (high32 << 31)) ^ sign, true);
    scratch.setInt32(4, (high32 >>> 1) ^ sign, true);
    return scratch.getBigInt64(0, true);
  }
}

/**
 * A union of any branches, its values unwrapped: avsc's own wraps those that could not be told apart in
 * writing.
 */
class AnyUnion extends avro.types.WrappedUnionType {
  _read(tap: Tap): unknown {
    return branchOf(this.types, tap)._read(tap);
  }

  _skip(tap: Tap): void {
    branchOf(this.types, tap)._skip(tap);
  }

  /** The reader's branches correspond to the writer's one by one, so each is resolved against its own. */
  override createResolver(writer: avro.Type, options?: object): never {
    if (!(writer instanceof AnyUnion)) throw new TypeError('A union is resolved against a union only');
    const branches = this.types.map((branch, i) => branch.createResolver(writer.types[i] ?? branch, options));
    const resolver = {
      _readerType: this,
      _read: (tap: Tap): unknown => branchOf(branches, tap)._read(tap),
    };
    return Object.freeze(resolver) as never;
  }
}

function branchOf(branches: readonly unknown[], tap: Tap): Internals {
  const index = tap.readLong();
  const branch = branches[index];
  if (branch === undefined) {
    throw new AvroDamage(`it has branch ${index} of a union of ${branches.length}`);
  }
  return branch as Internals;
}

/**
 * Reads any type as `true`, or as `null` where it is null or has no bytes: whether something is there, and no
 * more.
 */
class Presence extends avro.types.NullType {
  _update(resolver: ResolverSlot, writer: avro.Type): void {
    const type = internals(writer);
    if (writer.typeName === 'null') resolver._read = () => null;
    else if (writer.typeName === 'bytes') {
      resolver._read = (tap) => {
        const start = tap.pos;
        type._skip(tap);
        return tap.pos - start > 1 ? true : null;
      };
    } else {
      resolver._read = (tap) => {
        type._skip(tap);
        return true;
      };
    }
  }
}

const bytesView = new BytesView();
const bigLong = new BigLong();
const presence = new Presence();

/** Stands in a schema for `Presence`. */
export const PRESENCE = presence as avro.Type;
export type AvscSchema = Parameters<typeof avro.Type.forSchema>[0];

type HookOptions = Partial<
  Parameters<NonNullable<Parameters<typeof avro.Type.forSchema>[1]>['typeHook'] & object>[1]
>;

/** avsc's type of a schema, with the types above in place of its own. */
export function avscType(schema: AvscSchema): avro.Type {
  return avro.Type.forSchema(schema, {
    registry: {},
    typeHook: (part: unknown, options: HookOptions): avro.Type | undefined => {
      if (part === 'bytes') return bytesView;
      if (part === 'long') return bigLong;
      if (Array.isArray(part)) return new AnyUnion(part as AvscSchema, options);
      if (typeof part !== 'object' || part === null || !('type' in part)) return undefined;
      if (part.type === 'array') return new BoundedArray(part as AvscSchema, options);
      if (part.type === 'map') return new BoundedMap(part as AvscSchema, options);
      return undefined;
    },
  });
}
