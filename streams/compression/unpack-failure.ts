/** Why packed bytes are not unpacked: they are damaged, or would hold more than is read. */
export class UnpackFailure extends Error {
  override readonly name = 'UnpackFailure';
  readonly isTooLarge: boolean;

  /** @param message follows "as": `a snappy block does not begin with its length` */
  constructor(message: string, options: { readonly isTooLarge?: boolean; readonly cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.isTooLarge = options.isTooLarge ?? false;
  }
}

/** @throws UnpackFailure if so many bytes are more than are read */
export function checkUnpackedSize(bytes: number, bytesMax: number): void {
  if (bytes > bytesMax)
    throw new UnpackFailure(`it holds ${bytes} bytes, and at most ${bytesMax} are read`, {
      isTooLarge: true,
    });
}
