import { escapeHtml } from '../oauth/pages.ts';
import type { CaughtMail, Sandbox } from '../sandbox-type.ts';
import { renderPeoplePage } from './page.ts';
import { formatTime } from './record-pages.ts';

const MAILS_SHOWN_MAX = 100;

/** What applications sent to the mail catcher, the newest on top, as who gets it would read it. */
export function renderInbox({ inbox }: Sandbox): Response {
  const mails = inbox.slice(-MAILS_SHOWN_MAX).reverse().map(renderMail);
  return renderPeoplePage({
    title: 'Sandbox: Mails of the applications',
    body: `<header><nav aria-label="Sandbox"><a href="/">All people of the sandbox</a></nav><h1>Sandbox: Mails of the applications</h1></header>
<main class="content"><p>What an application sends by mail is caught here and goes nowhere.</p>
${mails.length === 0 ? '<p>Nothing yet.</p>' : mails.join('\n')}</main>`,
  });
}

const renderMail = ({ at, from, to, subject, text }: CaughtMail) =>
  `<article class="mail">
<h2>${escapeHtml(subject || 'No subject')}</h2>
<p class="envelope">From ${escapeHtml(from)} to ${escapeHtml(to.join(', '))}, ${formatTime(at)} UTC</p>
<div class="text">${linkAddresses(text)}</div>
</article>`;

/** Only plain text is shown, so that no mail can load or run anything; its addresses can be followed. */
const linkAddresses = (text: string) =>
  text
    .split(/(https?:\/\/[^\s<>"]+)/)
    .map((piece, index) =>
      index % 2 === 0
        ? escapeHtml(piece)
        : `<a href="${escapeHtml(piece)}" rel="noreferrer">${escapeHtml(piece)}</a>`,
    )
    .join('');
