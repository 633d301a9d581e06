import { PipelineError, secretFromFile } from '../../core/index.ts';
import type { Mechanism, SASLOptions } from 'kafkajs';
import type { Clock, Config } from '../../core/index.ts';
import { oauthBearerMechanism } from './oauth-bearer.ts';
import { createTokenSource } from './oauth-token.ts';

type Sasl = NonNullable<Config['kafka']['sasl']>;

/**
 * What `kafka.sasl` says, in kafkajs's terms.
 *
 * @returns `undefined` for no login
 * @throws PipelineError CONFIG_INVALID if the password is missing, or its file cannot be read
 */
export function saslOptions(kafka: Config['kafka'], clock: Clock): SASLOptions | Mechanism | undefined {
  const { sasl } = kafka;
  if (sasl === null) return undefined;
  const { mechanism } = sasl;
  if (mechanism === 'oauthbearer') {
    const token = createTokenSource({
      sasl,
      password: passwordOf(sasl),
      timeoutMs: kafka.connectTimeoutMs,
      clock,
    });
    return oauthBearerMechanism(token);
  }
  const password = passwordOf(sasl);
  if (password === null)
    throw new PipelineError(
      'CONFIG_INVALID',
      `Cannot log in by ${mechanism} as the password must come by the environment (NIGHTJAR__KAFKA__SASL__PASSWORD) ` +
        'or from kafka.sasl.passwordFile: current value is null',
    );
  // The union of kafkajs has a member for each mechanism, and the compiler does not distribute over them.
  return { mechanism, username: sasl.username ?? '', password } as SASLOptions;
}

function passwordOf({ password, passwordFile }: Sasl): string | null {
  if (password !== null) return password;
  return passwordFile === null ? null : secretFromFile('kafka.sasl.passwordFile', passwordFile);
}
