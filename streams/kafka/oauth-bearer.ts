import type { AuthenticationProviderArgs, Mechanism } from 'kafkajs';
import { PipelineError } from '../../core/index.ts';

/** What `saslAuthenticate` is given: bytes behind their length, both ways. */
const LENGTH_BYTES = 4;
const SEPARATOR = '\u0001';

/**
 * Login by a token. kafkajs's own takes a refusal, which comes as an answer and not as an error, for a success, and is hung up
 * on at the next request.
 *
 * @param token gives a token for each login
 * @source RFC 7628, 3.1 (client's message) and 3.2.2 (refusal); KIP-255
 */
export function oauthBearerMechanism(token: () => Promise<string>): Mechanism {
  return {
    mechanism: 'oauthbearer',
    authenticationProvider: ({ host, port, saslAuthenticate }: AuthenticationProviderArgs) => ({
      authenticate: async () => {
        const message = lengthPrefixed(`n,,${SEPARATOR}auth=Bearer ${await token()}${SEPARATOR}${SEPARATOR}`);
        const refusal = await saslAuthenticate<string>({
          request: { encode: () => message },
          response: {
            decode: (bytes) => bytes.subarray(LENGTH_BYTES),
            parse: (bytes) => bytes.toString('utf8'),
          },
        });
        if (typeof refusal === 'string' && refusal !== '') throw refused(`${host}:${port}`, refusal);
      },
    }),
  };
}

function lengthPrefixed(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function refused(broker: string, refusal: string): PipelineError {
  return new PipelineError(
    'BROKER_REFUSED_LOGIN',
    `Cannot log in at broker "${broker}" as it refuses the token by oauthbearer: current status is "${statusOf(refusal)}"`,
  );
}

/** The `status` of RFC 7628's JSON, cut to what fits a line. */
function statusOf(refusal: string): string {
  const status = /"status"\s*:\s*"([^"\\]{1,80})"/.exec(refusal)?.[1];
  return status ?? 'unknown';
}
