/** Bodies as Exchange keeps them: HTML documents without anything that runs. */

const META = '<meta http-equiv="Content-Type" content="text/html; charset=utf-8">';

/** A whole document stays as it is; a fragment is wrapped, plain text is escaped first. */
export function toHtmlDocument(content: string, contentType: 'text' | 'html'): string {
  if (content === '') return '';
  if (contentType === 'html' && /<html[\s>]/i.test(content)) return content;
  const inner = contentType === 'html' ? content : escapeText(content);
  return `<html><head>${META}</head><body>${inner}</body></html>`;
}

function escapeText(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `<div class="PlainText">${escaped.replaceAll(/\r?\n/g, '<br>\r\n')}</div>`;
}

const dangerousElements = /<(script|iframe|object|applet|form)\b[\s\S]*?(?:<\/\1\s*>|$)/gi;
const dangerousTags =
  /<\/?(?:script|iframe|object|applet|form|embed|base|frame|frameset)\b[^>]*>/gi;
const handlers = /\s+on[a-z]+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)/gi;
const scriptAddresses =
  /\s+(href|src|action)\s*=\s*(?:"\s*javascript:[^"]*"|'\s*javascript:[^']*')/gi;

/** Source: outlook-create-send-messages (documented for messages, assumed for events). */
export function sanitiseHtml(html: string): string {
  return html
    .replaceAll(dangerousElements, '')
    .replaceAll(dangerousTags, '')
    .replaceAll(/<[a-z][^>]*>/gi, (tag) =>
      tag.replaceAll(handlers, '').replaceAll(scriptAddresses, ''),
    );
}

const entities: Record<string, string> = {
  '&nbsp;': '\u00a0',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&amp;': '&',
};

/** The text view of a body, for `outlook.body-content-type="text"` and for previews. */
export function toText(html: string): string {
  return html
    .replaceAll(/<(head|style|title)\b[\s\S]*?<\/\1\s*>/gi, '')
    .replaceAll(/<a\s[^>]*href="([^"]*)"[^>]*>([\s\S]*?)<\/a>/gi, '$2&lt;$1&gt;')
    .replaceAll(/\r?\n/g, ' ')
    .replaceAll(/<br\s*\/?>/gi, '\r\n')
    .replaceAll(/<\/(p|div|tr|li|h[1-6])\s*>/gi, '\r\n')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&(?:nbsp|lt|gt|quot|#39|amp);/g, (entity) => entities[entity] ?? entity)
    .replaceAll(/[ \t]*\r\n[ \t]*/g, '\r\n')
    .trim();
}

/** Source: event, bodyPreview; the length is that of recorded answers. */
export const toPreview = (html: string) => toText(html).slice(0, 255).trim();
