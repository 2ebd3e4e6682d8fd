/**
 * An online meeting's body holds the block with its join link, between two lines of underscores.
 * Writing the body without it takes the meeting offline, so it is left out of what we read and put
 * back into what we write. Source: event, update ("body of an online meeting").
 */
const SEPARATOR = /_{20,}/g;

/** The text before the block; all of it when there is none. */
export function withoutJoinBlock(text: string, joinUrl: string | null): string {
  const at = findBlock(text, joinUrl);
  return at === undefined ? text : text.slice(0, at).trimEnd();
}

/** Whether the body, as HTML or as text, holds the meeting's link. */
export const hasJoinLink = (body: string, joinUrl: string) => findUrl(body, joinUrl) !== undefined;

/**
 * The document with `text` in the place of everything before the block. Undefined when the block
 * does not look like the one that we know: then nothing can be written safely.
 */
export function replaceBeforeJoinBlock(
  html: string,
  text: string,
  joinUrl: string,
): string | undefined {
  const at = findBlock(html, joinUrl);
  if (at === undefined) return undefined;
  const head = /^[\s\S]*?<body[^>]*>/i.exec(html)?.[0] ?? '<html><body>';
  return `${head}${toHtml(text)}${openTagsBefore(html, at)}${html.slice(at)}`;
}

/** Where the block begins: at the last line of underscores before the join link. */
function findBlock(source: string, joinUrl: string | null): number | undefined {
  const linkAt = joinUrl === null ? undefined : findUrl(source, joinUrl);
  if (linkAt === undefined) return undefined;
  return [...source.slice(0, linkAt).matchAll(SEPARATOR)].at(-1)?.index;
}

function findUrl(source: string, url: string): number | undefined {
  const places = [url, url.replaceAll('&', '&amp;')].map((form) => source.indexOf(form));
  return places.find((place) => place >= 0);
}

/** The tags that begin right before the block belong to it: `<div><span>____`. */
const openTagsBefore = (html: string, at: number) =>
  /(?:<(?:div|span|p|br)\b[^<>]*>\s*)*$/i.exec(html.slice(Math.max(0, at - 2_000), at))?.[0] ?? '';

function toHtml(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `<div>${escaped.replaceAll(/\r?\n/g, '<br>')}</div>`;
}
