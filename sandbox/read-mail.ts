/** What a person would see of a mail; '' where it has no such part. */
export interface ReadMail {
  messageId: string;
  subject: string;
  text: string;
  html: string;
}

interface Part {
  headers: Map<string, string>;
  body: string;
}

/** Mails nest a few parts deep; one that goes on is read no further. */
const DEPTH_MAX = 5;

/** Reads a mail (RFC 5322, MIME): its subject and its first plain and first HTML text. Never throws. */
export function readMail(raw: Buffer): ReadMail {
  // One character a byte, until a part says what its bytes mean.
  const mail = splitPart(raw.toString('latin1'));
  const leaves = listLeaves(mail, DEPTH_MAX);
  const textOf = (type: string) => {
    const leaf = leaves.find(({ headers }) => typeOf(headers) === type);
    return leaf ? decodeBody(leaf) : '';
  };
  return {
    messageId: mail.headers.get('message-id') ?? '',
    subject: decodeWords(mail.headers.get('subject') ?? ''),
    text: textOf('text/plain'),
    html: textOf('text/html'),
  };
}

function splitPart(text: string): Part {
  const end = /\r?\n\r?\n/.exec(text);
  const head = end ? text.slice(0, end.index) : text;
  const headers = new Map<string, string>();
  for (const line of head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    if (colon > 0 && !headers.has(name)) headers.set(name, line.slice(colon + 1).trim());
  }
  return { headers, body: end ? text.slice(end.index + end[0].length) : '' };
}

const typeOf = (headers: Part['headers']) =>
  /^[^\s;]+/.exec(headers.get('content-type') ?? 'text/plain')?.[0].toLowerCase();

function listLeaves(part: Part, depth: number): Part[] {
  const type = part.headers.get('content-type') ?? '';
  const boundary = /boundary="?([^";]+)"?/i.exec(type)?.[1];
  if (!typeOf(part.headers)?.startsWith('multipart/') || boundary === undefined) return [part];
  if (depth === 0) return [];
  const [, ...rest] = `\r\n${part.body}`.split(`\n--${boundary}`);
  return rest
    .filter((piece) => !piece.startsWith('--'))
    .flatMap((piece) => listLeaves(splitPart(piece.replace(/^[ \t]*\r?\n/, '')), depth - 1));
}

function decodeBody({ headers, body }: Part): string {
  const charset = /charset="?([^";\s]+)"?/i.exec(headers.get('content-type') ?? '')?.[1];
  return toText(decodeBytes(body, headers.get('content-transfer-encoding') ?? ''), charset)
    .replaceAll('\r\n', '\n')
    .trim();
}

function decodeBytes(body: string, encoding: string): Buffer {
  if (/base64/i.test(encoding)) return Buffer.from(body, 'base64');
  if (!/quoted-printable/i.test(encoding)) return Buffer.from(body, 'latin1');
  return unquote(body.replace(/=\r?\n/g, ''));
}

const unquote = (text: string) =>
  Buffer.from(
    text.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  );

function toText(bytes: Buffer, charset = 'utf-8'): string {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}

/** `=?utf-8?Q?Gr=C3=BC=C3=9Fe?=` (RFC 2047). Blanks between two encoded words are none. */
function decodeWords(text: string): string {
  return text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?([^?]+)\?([bq])\?([^?]*)\?=/gi, (_, charset: string, how: string, word: string) =>
      toText(
        how.toLowerCase() === 'b'
          ? Buffer.from(word, 'base64')
          : unquote(word.replaceAll('_', ' ')),
        charset,
      ),
    );
}
