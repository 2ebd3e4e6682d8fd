import { randomBytes, randomUUID } from 'node:crypto';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import {
  BODY_BYTES_MAX,
  type HttpRequest,
  type HttpResponse,
  type Log,
  NetworkError,
  type Runtime,
} from '../../src/runtime.ts';

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** The product's runtime with the sandbox, in this process, in the place of the network. */
export function createSandboxRuntime(
  sandbox: Pick<Sandbox, 'fetch'>,
  overrides: Partial<Runtime> = {},
): Runtime {
  return {
    now: () => Date.now(),
    sleep: (ms, signal) => sleep(ms, signal),
    random: () => Math.random(),
    randomBytes: (length) => randomBytes(length),
    newId: () => randomUUID(),
    send: (request) => sendTo(sandbox, request),
    log: silent,
    ...overrides,
  };
}

async function sendTo(
  sandbox: Pick<Sandbox, 'fetch'>,
  { method, url, headers, body }: HttpRequest,
): Promise<HttpResponse> {
  try {
    const request = new Request(url, {
      method,
      ...(headers && { headers }),
      ...(body && { body }),
    });
    const response = await sandbox.fetch(request);
    const text = await response.text();
    if (Buffer.byteLength(text) > BODY_BYTES_MAX) throw new Error('the answer is too large');
    return { status: response.status, headers: Object.fromEntries(response.headers), body: text };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new NetworkError(`${method} ${new URL(url).origin}: ${reason}`, { cause });
  }
}

async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
