import { randomBytes, randomUUID } from 'node:crypto';
import { Pool } from 'undici';
import type { Config } from './config.ts';
import {
  BODY_BYTES_MAX,
  type HttpRequest,
  type HttpResponse,
  type Log,
  NetworkError,
  type Runtime,
} from './runtime.ts';

/** Graph answers four calls of a mailbox at once; sixteen are enough for several mailboxes. */
const CONNECTIONS_MAX = 16;
const CONNECT_TIMEOUT_MS = 10_000;
const TIMEOUT_MS = 30_000;

export interface RealRuntimeOptions {
  /** The only origins that are ever spoken to, as `originsOf` gives them. */
  allowedOrigins: readonly string[];
  log: Log;
}

/** The machine's clock, chance and network: the only place in `src` that touches them. */
export function createRealRuntime({
  allowedOrigins,
  log,
}: RealRuntimeOptions): Runtime & { close(): Promise<void> } {
  const pools = new Map<string, Pool>();
  const allowed = new Set(allowedOrigins);

  const getPool = (origin: string) => {
    const known = pools.get(origin);
    if (known) return known;
    const pool = new Pool(origin, {
      connections: CONNECTIONS_MAX,
      connect: { timeout: CONNECT_TIMEOUT_MS },
    });
    pools.set(origin, pool);
    return pool;
  };

  return {
    now: () => Date.now(),
    sleep,
    random: () => Math.random(),
    randomBytes: (length) => randomBytes(length),
    newId: () => randomUUID(),
    send: async (request) => {
      const url = getAllowedUrl(request.url, allowed);
      return sendOver(getPool(url.origin), url, request);
    },
    log,
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.close()));
      pools.clear();
    },
  };
}

/** The origins that the operator configured for the providers; browsers alone go to `authorizeUrl`. */
export function originsOf({ google, outlook }: Pick<Config, 'google' | 'outlook'>): string[] {
  const addresses = [google, outlook].flatMap((provider) =>
    provider ? [provider.tokenUrl, provider.revokeUrl, provider.keysUrl, provider.apiUrl] : [],
  );
  return [...new Set(addresses.flatMap((address) => (address ? [new URL(address).origin] : [])))];
}

/**
 * Refuses before any connection is made. Compared is what would be connected to, after the address
 * was normalised (`0x7f.1` is 127.0.0.1); names are never resolved to decide. The message names
 * the origin only: paths and queries may hold secrets.
 */
function getAllowedUrl(address: string, allowed: ReadonlySet<string>): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url) throw new NetworkError('Refused to send: the address cannot be read.');
  if (url.username || url.password || !allowed.has(url.origin)) {
    throw new NetworkError(`Refused to send to ${url.origin}: it is not a configured origin.`);
  }
  return url;
}

async function sendOver(
  pool: Pool,
  { origin, pathname, search }: URL,
  { method, headers, body, timeoutMs = TIMEOUT_MS }: HttpRequest,
): Promise<HttpResponse> {
  try {
    const response = await pool.request({
      method,
      path: pathname + search,
      ...(headers && { headers }),
      ...(body !== undefined && { body }),
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      // The whole call, with waiting for a connection: each part alone could be drawn out.
      signal: AbortSignal.timeout(timeoutMs),
    });
    return {
      status: response.statusCode,
      headers: flatten(response.headers),
      body: await readBody(response.body),
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown';
    throw new NetworkError(`${method} ${origin}: ${reason}`, { cause });
  }
}

/** Leaving the loop early destroys the stream, and with it the connection. */
async function readBody(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let byteCount = 0;
  for await (const chunk of stream) {
    byteCount += chunk.length;
    if (byteCount > BODY_BYTES_MAX) {
      throw new Error(`the answer is larger than ${BODY_BYTES_MAX} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Undici gives names in lower case; of a repeated header the first one counts. */
function flatten(
  headers: Record<string, string | string[] | undefined>,
): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  );
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal?.addEventListener('abort', finish, { once: true });
  });
}
