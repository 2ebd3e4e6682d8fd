/** `multipart/mixed` batches of up to 1000 calls. Source: guides/batch. */

import { badRequest, GoogleError } from './errors.ts';

const PARTS_MAX = 1_000;

export interface BatchPart {
  readonly contentId: string | null;
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Headers;
  readonly body: string;
}

export interface BatchAnswer {
  readonly contentId: string | null;
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Reads the parts; headers of the whole apply to each part unless it has its own. Throws 400. */
export function readBatch(contentType: string, text: string, outer: Headers): BatchPart[] {
  const boundary = /boundary="?([^";,]+)"?/i.exec(contentType)?.[1];
  if (!contentType.toLowerCase().startsWith('multipart/mixed') || !boundary) {
    throw badRequest('Failed to parse batch request: missing multipart boundary.');
  }
  const sections = `\n${text.replaceAll('\r\n', '\n')}`.split(`\n--${boundary}`).slice(1);
  const parts = sections
    .filter((section) => !section.startsWith('--'))
    .map((section) => readPart(section, outer));
  if (parts.length > PARTS_MAX) {
    throw badRequest(`The batch request exceeds the limit of ${PARTS_MAX} calls.`);
  }
  return parts;
}

/** The answer in the same form, `Content-ID: <response-…>`. */
export function printBatch(answers: readonly BatchAnswer[], boundary: string): string {
  const parts = answers.map(({ contentId, status, body, headers }) => {
    const head = ['Content-Type: application/http'];
    if (contentId !== null) head.push(`Content-ID: ${responseId(contentId)}`);
    const length = new TextEncoder().encode(body).length;
    const inner = [
      `HTTP/1.1 ${status} ${REASONS[status] ?? 'Unknown'}`,
      ...(body ? ['Content-Type: application/json; charset=UTF-8'] : []),
      ...Object.entries(headers).map(([name, value]) => `${HEADER_NAMES[name] ?? name}: ${value}`),
      `Content-Length: ${length}`,
    ];
    return `--${boundary}\r\n${head.join('\r\n')}\r\n\r\n${inner.join('\r\n')}\r\n\r\n${body}\r\n`;
  });
  return `${parts.join('')}--${boundary}--\r\n`;
}

function readPart(section: string, outer: Headers): BatchPart {
  const [head, ...rest] = section.replace(/^\n/, '').split('\n\n');
  const partHeaders = readHeaders(head ?? '');
  const inner = rest.join('\n\n').replace(/^\n+/, '');
  const cut = inner.indexOf('\n\n');
  const innerHead = (cut < 0 ? inner : inner.slice(0, cut)).trim();
  const body = cut < 0 ? '' : inner.slice(cut + 2).trim();
  const [requestLine = '', ...headerLines] = innerHead.split('\n');
  const match = /^([A-Z]+)\s+(\S+)/.exec(requestLine);
  const isPath = match?.[2]?.startsWith('/') && URL.canParse(match[2], 'http://google.test');
  if (!match?.[1] || !match[2] || !isPath) {
    throw new GoogleError(400, 'badRequest', 'Failed to parse batch request part.');
  }
  const headers = new Headers();
  for (const [name, value] of outer) if (!name.startsWith('content-')) headers.set(name, value);
  for (const [name, value] of readHeaders(headerLines.join('\n'))) headers.set(name, value);
  return {
    contentId: partHeaders.get('content-id'),
    method: match[1],
    target: match[2],
    headers,
    body,
  };
}

function readHeaders(text: string): Headers {
  const headers = new Headers();
  for (const line of text.split('\n')) {
    const cut = line.indexOf(':');
    const [name, value] = [line.slice(0, cut).trim(), line.slice(cut + 1).trim()];
    if (cut > 0 && /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\t\x20-\xff]*$/.test(value)) {
      headers.set(name, value);
    }
  }
  return headers;
}

function responseId(contentId: string): string {
  return contentId.startsWith('<') ? `<response-${contentId.slice(1)}` : `response-${contentId}`;
}

const HEADER_NAMES: Readonly<Record<string, string>> = {
  etag: 'ETag',
  'retry-after': 'Retry-After',
};

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  204: 'No Content',
  304: 'Not Modified',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  410: 'Gone',
  412: 'Precondition Failed',
  429: 'Too Many Requests',
};
