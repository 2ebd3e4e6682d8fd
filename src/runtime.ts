/**
 * Everything unpredictable that the engine touches, passed in: production has the real ones, a
 * simulation owns them. Nothing under `calendar`, `sync`, `store`, `providers` or `jobs` reads a
 * clock, a random number or the network in any other way (test/tidy.test.ts).
 */
export interface Runtime {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`, or at once when `signal` aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** In [0, 1). For jitter, never for secrets. */
  random(): number;
  /** Cryptographically strong. */
  randomBytes(length: number): Buffer;
  /** A new UUID in lower case. */
  newId(): string;
  send: SendHttp;
  log: Log;
}

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute. Its origin must be one that the operator configured; anything else is refused. */
  url: string;
  headers?: Record<string, string>;
  body?: string;
  /** Default 30 000. */
  timeoutMs?: number;
}

/** A page of 2,500 large events fits; an answer that never ends does not. */
export const BODY_BYTES_MAX = 20 * 1024 * 1024;

export interface HttpResponse {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string | undefined>;
  /** At most `BODY_BYTES_MAX`; a larger one is refused with a `NetworkError`. */
  body: string;
}

/** Sends one request. Follows no redirect. Throws `NetworkError` when no whole answer came. */
export type SendHttp = (request: HttpRequest) => Promise<HttpResponse>;

/** No whole answer came: the outcome of what was asked is unknown. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
}

export interface Mail {
  /** Of the message, `…@…`: sent again, a mail is the same one. */
  id: string;
  to: { name: string; address: string };
  subject: string;
  text: string;
  html: string;
}

/** Hands a mail over to a mail server. Throws `MailError`. */
export type SendMail = (mail: Mail) => Promise<void>;

/** The mail was not taken, as far as is known: what was lost may have been the answer. */
export class MailError extends Error {
  override readonly name = 'MailError';
  readonly code: string;
  /** Another try would end the same. */
  readonly isFinal: boolean;

  constructor(code: string, { isFinal }: { isFinal: boolean }) {
    super(`a mail was not sent: ${code}`);
    this.code = code;
    this.isFinal = isFinal;
  }
}

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
