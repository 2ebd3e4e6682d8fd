/**
 * Google shows a description as HTML and keeps it as it was sent; ours is plain text. What we write
 * has `&`, `<` and `>` escaped, so that it is shown letter by letter and read back exactly. What
 * people wrote in Google's editor is turned into the text that they see. A description without a
 * known tag or an entity is plain text already. Source: Event, `description` ("can contain HTML").
 */
export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Tags of Google's editor and of pasted text. `<anna@example.com>` is none of them: it is text. */
const TAG =
  /<\/?(a|b|blockquote|body|br|code|dd|div|dl|dt|em|font|h[1-6]|head|hr|html|html-blob|i|img|li|meta|ol|p|pre|s|span|strong|style|sub|sup|table|tbody|td|th|thead|tr|u|ul)(?=[\s/>])[^<>]{0,4000}>/gi;
const BREAKS = new Set(['br', 'hr']);
const BLOCKS = new Set([
  'blockquote',
  'dd',
  'div',
  'dt',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'li',
  'ol',
  'p',
  'pre',
  'table',
  'tr',
  'ul',
]);

const namedEntities: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
};

/** The text that a person sees in Google's description. Lines end with `\n`. */
export function readHtmlText(html: string): string {
  if (!/[<&\r]/.test(html)) return html;
  const source = html.replaceAll(/\r\n?/g, '\n');
  let text = '';
  let at = 0;
  for (const match of source.matchAll(TAG)) {
    text += source.slice(at, match.index);
    at = match.index + match[0].length;
    text = appendTag(text, match[0], (match[1] ?? '').toLowerCase());
  }
  const isMarkup = at > 0;
  text += source.slice(at);
  const read = decodeEntities(text);
  return isMarkup ? read.replace(/\n+$/, '') : read;
}

function appendTag(text: string, tag: string, name: string): string {
  const isClosing = tag.startsWith('</');
  if (BREAKS.has(name)) return isClosing ? text : `${text}\n`;
  if (!BLOCKS.has(name) || text === '' || text.endsWith('\n')) {
    return name === 'li' && !isClosing ? `${text}- ` : text;
  }
  return name === 'li' && !isClosing ? `${text}\n- ` : `${text}\n`;
}

function decodeEntities(text: string): string {
  return text.replaceAll(
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,4}));/gi,
    (entity, ...found) => {
      const [decimal, hex, name] = found as (string | undefined)[];
      if (name) return namedEntities[name.toLowerCase()] ?? entity;
      const code = decimal ? Number(decimal) : Number.parseInt(hex ?? '', 16);
      const isCharacter = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
      return isCharacter ? String.fromCodePoint(code) : entity;
    },
  );
}
