import { createHash } from 'node:crypto';
import type { Account } from '../world.ts';

/** Escapes text for HTML content and double-quoted attributes. */
export const escapeHtml = (text: string) =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const STYLE = `
  :root { color-scheme: light; font: 16px/1.5 system-ui, sans-serif; color: #1f2328; }
  body { margin: 0; background: #f4f5f7; min-height: 100vh; display: grid; place-items: center; }
  main { background: #fff; border: 1px solid #d9dde3; border-radius: 12px; padding: 2rem;
         width: min(27rem, calc(100vw - 2rem)); box-sizing: border-box; margin: 1rem; }
  .sandbox { margin: 0 0 1.25rem; font-size: .875rem; color: #57606a; }
  h1 { font-size: 1.4rem; margin: 0 0 .5rem; line-height: 1.25; }
  ul { list-style: none; padding: 0; margin: 1.25rem 0; }
  li { padding: .5rem 0; border-top: 1px solid #eceef1; }
  li small { display: block; color: #57606a; }
  label { display: flex; gap: .75rem; align-items: flex-start; }
  input[type=checkbox] { width: 1.15rem; height: 1.15rem; margin: .2rem 0 0; flex: none; }
  button { font: inherit; border-radius: 8px; border: 1px solid #b9c0ca; background: #fff;
           color: inherit; padding: .55rem 1.1rem; cursor: pointer; }
  button:hover { background: #f0f3f7; }
  button.main { background: var(--brand); border-color: var(--brand); color: #fff; }
  button.main:hover { filter: brightness(.92); }
  button.account { width: 100%; text-align: left; overflow-wrap: anywhere; }
  :focus-visible { outline: 3px solid #85b7ff; outline-offset: 2px; }
  .actions { display: flex; gap: .75rem; justify-content: flex-end; margin-top: 1.5rem; }
  code { overflow-wrap: anywhere; font-size: .9em; }`;

export interface Page {
  status?: number;
  /** `Google` or `Microsoft`. */
  brand: 'Google' | 'Microsoft';
  title: string;
  /** Trusted HTML: all text in it has been escaped. */
  body: string;
  /** Origins that a form of this page may end at, by way of a redirect. */
  formTarget?: string;
  script?: string;
  headers?: Record<string, string>;
}

/** A whole page, which runs no script but its own and may not be framed. */
export function renderPage(page: Page): Response {
  const brandColour = page.brand === 'Google' ? '#1a5fd0' : '#0f6cbd';
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(page.title)} · ${page.brand} sandbox</title>
<style>:root { --brand: ${brandColour} }${STYLE}</style>
</head>
<body>
<main>
<p class="sandbox">Sandbox: this page plays ${page.brand}. No real account is involved.</p>
<h1>${escapeHtml(page.title)}</h1>
${page.body}
</main>
${page.script ? `<script>${page.script}</script>` : ''}
</body>
</html>`;
  const formTarget = `'self' ${page.formTarget ?? ''}`.trim();
  const scripts = page.script ? `; script-src 'sha256-${hashOf(page.script)}'` : '';
  return new Response(html, {
    status: page.status ?? 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action ${formTarget}${scripts}`,
      ...page.headers,
    },
  });
}

const hashOf = (script: string) => createHash('sha256').update(script).digest('base64');

/** Buttons named by the accounts' addresses. `action` is where the choice is posted. */
export function renderAccountChoice(
  accounts: readonly Account[],
  action: string,
  flowId: string,
): string {
  const items = accounts.map(
    (account, index) => `<li>
<button class="account" name="account" value="${escapeHtml(account.email)}" aria-describedby="who-${index}">${escapeHtml(account.email)}</button>
<small id="who-${index}">${escapeHtml(account.name)}, ${account.kind} account</small>
</li>`,
  );
  return `<form method="post" action="${escapeHtml(action)}">
<input type="hidden" name="consent_id" value="${escapeHtml(flowId)}">
<ul>${items.join('')}</ul>
<div class="actions"><button name="answer" value="cancel">Cancel</button></div>
</form>`;
}

/** What an application asks for; a tick-box each where the person may choose. */
export function renderPermissions(
  permissions: readonly { scope: string; text: string; isOptional: boolean }[],
): string {
  const items = permissions.map(({ scope, text, isOptional }) =>
    isOptional
      ? `<li><label><input type="checkbox" name="scope" value="${escapeHtml(scope)}" checked>
<span>${escapeHtml(text)}</span></label></li>`
      : `<li>${escapeHtml(text)}</li>`,
  );
  return `<ul>${items.join('')}</ul>`;
}

/** An error shown to the person, because sending it to the application would not be safe. */
export function renderErrorPage(
  brand: Page['brand'],
  status: number,
  title: string,
  lines: readonly string[],
): Response {
  const body = lines.map((line) => `<p>${escapeHtml(line)}</p>`).join('\n');
  return renderPage({ status, brand, title, body });
}
