import { escapeHtml } from '../oauth/pages.ts';

/** The application that the person's pages are to the providers; its calls can be told by it. */
export const PAGE_CLIENT_ID = 'sandbox-page';

export interface PeoplePage {
  title: string;
  /** Trusted HTML: all text in it has been escaped. */
  body: string;
  bodyAttributes?: string;
  script?: string;
}

/** A page that loads nothing but the sandbox's own files. */
export function renderPeoplePage({
  title,
  body,
  bodyAttributes = '',
  script,
}: PeoplePage): Response {
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/people/assets/people.css">
${script ? `<script type="module" src="/people/assets/${script}"></script>` : ''}
</head>
<body ${bodyAttributes}>
${body}
</body>
</html>`;
  return new Response(html, {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'",
    },
  });
}
