import net from 'node:net';
import tls from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

/** Between probes of an idle connection, ms. */
const KEEP_ALIVE_MS = 60_000;

/** kafkajs cuts addresses at their first colon, so that those of IPv6 go through it by a name. */
const IPV6_SUFFIX = '.ipv6.invalid';

/** `[::1]:9092` as an address that kafkajs can cut; any other as it is. */
export function clientAddress(broker: string): string {
  const { host, port } = splitAddress(broker);
  return net.isIPv6(host) ? `${host.replaceAll(':', '-')}${IPV6_SUFFIX}:${port}` : broker;
}

/** Host and port of `host:port` or `[ipv6]:port`. */
export function splitAddress(broker: string): { readonly host: string; readonly port: number } {
  const colon = broker.lastIndexOf(':');
  return { host: broker.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(broker.slice(colon + 1)) };
}

/** The host that a name of `clientAddress` stands for. */
function realHost(host: string): string {
  return host.endsWith(IPV6_SUFFIX) ? host.slice(0, -IPV6_SUFFIX.length).replaceAll('-', ':') : host;
}

/** An address as kafkajs has it in its errors, as it was configured. */
export function namedAddress(address: string): string {
  const { host, port } = splitAddress(address);
  return host.endsWith(IPV6_SUFFIX) ? `[${realHost(host)}]:${port}` : address;
}

export interface SocketWatch {
  readonly onOpen?: (socket: net.Socket) => void;
  readonly onError?: () => void;
}

/** Sockets without Nagle's delay, which adds up in transactions of many small requests. */
export function createSocketFactory(watch: SocketWatch): ISocketFactory {
  return ({ host: name, port, ssl, onConnect }) => {
    const host = realHost(name);
    const options = { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS };
    const socket = isTls(ssl)
      ? tls.connect({ ...options, ...(net.isIP(host) === 0 ? { servername: host } : {}), ...ssl }, onConnect)
      : net.connect(options, onConnect);
    // tls.connect() passes these on only where it makes the socket in one step.
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    if (watch.onError !== undefined) socket.on('error', watch.onError);
    watch.onOpen?.(socket);
    return socket;
  };
}

/** The type of kafkajs says that there always are options. */
function isTls(ssl: tls.ConnectionOptions | null | undefined): ssl is tls.ConnectionOptions {
  return ssl !== null && ssl !== undefined;
}
