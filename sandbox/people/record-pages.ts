import { escapeHtml } from '../oauth/pages.ts';
import type { Sandbox } from '../sandbox-type.ts';
import type { Account, CallRecord, ProviderName } from '../world.ts';
import { PAGE_CLIENT_ID, renderPeoplePage } from './page.ts';

/** The newest entries are what a person looks for. */
const ROW_COUNT_MAX = 500;

const products: Record<ProviderName, string> = { google: 'Google', outlook: 'Outlook' };

export function renderHome(sandbox: Sandbox): Response {
  const { accounts } = sandbox.world;
  const sections = (['google', 'outlook'] as const).map(
    (provider) => `<h2>${products[provider]} calendars</h2>
<ul class="cards">
${accounts
  .filter((account) => account.provider === provider)
  .map((account) => renderPerson(account, sandbox.isAccessGiven(account)))
  .join('\n')}
</ul>`,
  );
  const counts: [string, string, number][] = [
    ['/people/mails', 'Mails of Google and Microsoft', sandbox.mails.length],
    ['/people/inbox', 'Mails of the applications', sandbox.inbox.length],
    ['/people/calls', 'Calls of the applications', sandbox.calls.filter(isOfApplication).length],
    ['/people/notifications', 'Notifications to webhooks', sandbox.notifications.length],
  ];
  const cards = counts.map(
    ([path, text, count]) =>
      `<li><a href="${path}">${escapeHtml(text)}<small>${count} on record</small></a></li>`,
  );
  return renderPeoplePage({
    title: 'Sandbox of Google Calendar and Microsoft Graph',
    body: `<header><h1>Sandbox of Google Calendar and Microsoft Graph</h1></header>
<main class="content">
<p>Nothing here is real: no account, no mail, no meeting. Open a calendar as its owner would see it, change something, and see what the application makes of it.</p>
${sections.join('\n')}
<h2>What happened</h2>
<ul class="cards">${cards.join('\n')}</ul>
</main>`,
  });
}

function renderPerson({ provider, email, name, kind }: Account, isConnected: boolean): string {
  const note = isConnected ? '<small class="connected">An application is connected</small>' : '';
  return `<li><a href="/people/${provider}/${encodeURIComponent(email)}">${escapeHtml(email)}<small>${escapeHtml(name)}, ${kind} account</small>${note}</a></li>`;
}

export const renderMails = (sandbox: Sandbox) =>
  renderRecord('Mails of Google and Microsoft', sandbox.mails, [
    ['Time', ({ at }) => formatTime(at)],
    ['By', ({ provider }) => products[provider]],
    ['Kind', ({ kind }) => kind],
    ['From', ({ from }) => from],
    ['To', ({ to }) => to],
    ['Subject', ({ subject }) => subject, 'breaks'],
  ]);

/** The person's pages call the providers too, which is nobody's business by default. */
const isOfApplication = ({ clientId }: CallRecord) => clientId !== PAGE_CLIENT_ID;

export function renderCalls({ calls }: Sandbox, isWithPages: boolean): Response {
  const shown = isWithPages ? calls : calls.filter(isOfApplication);
  const pageCount = calls.length - calls.filter(isOfApplication).length;
  const link = isWithPages
    ? '<a href="/people/calls">Hide the calls of these pages</a>'
    : `<a href="/people/calls?pages">Show the ${pageCount} calls of these pages</a>`;
  const note = pageCount === 0 ? '' : `<p>${link}</p>`;
  return renderRecord('Calls of the applications', shown, callColumns, note);
}

const callColumns: readonly Column<CallRecord>[] = [
  ['Time', ({ at }) => formatTime(at)],
  ['At', ({ provider }) => products[provider]],
  ['Operation', ({ operation }) => operation],
  ['Method', ({ method }) => method],
  ['Address', ({ url }) => url, 'breaks'],
  ['Application', ({ clientId }) => clientId ?? ''],
  ['Status', ({ status }) => (status === 0 ? 'no answer' : String(status))],
  ['Quota', ({ quotaUnits }) => String(quotaUnits)],
];

export const renderNotifications = (sandbox: Sandbox) =>
  renderRecord('Notifications to webhooks', sandbox.notifications, [
    ['Time', ({ at }) => formatTime(at)],
    ['By', ({ provider }) => products[provider]],
    ['Kind', ({ operation, state }) => [operation, state].filter(Boolean).join(', ')],
    ['To', ({ url }) => url, 'breaks'],
    ['Channel', ({ channelId }) => channelId ?? ''],
    ['Answer', ({ status }) => (status === null ? 'none' : String(status))],
  ]);

/** `breaks`: its text may be broken anywhere, where there is not the room for it. */
type Column<T> = readonly [head: string, text: (entry: T) => string, width?: 'breaks'];

/** A table with the newest on top; `note` is trusted HTML. */
function renderRecord<T>(
  title: string,
  entries: readonly T[],
  columns: readonly Column<T>[],
  note = '',
): Response {
  const heads = columns.map(([head]) => `<th scope="col">${head}</th>`).join('');
  const rows = entries
    .slice(-ROW_COUNT_MAX)
    .reverse()
    .map((entry) => {
      const cells = columns.map(([head, text, width = '']) => {
        return `<td class="${width}" data-head="${head}">${escapeHtml(text(entry))}</td>`;
      });
      return `<tr>${cells.join('')}</tr>`;
    });
  const table =
    rows.length === 0
      ? '<p>Nothing yet.</p>'
      : `<div class="table" tabindex="0" role="region" aria-label="${escapeHtml(title)}"><table><thead><tr>${heads}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`;
  return renderPeoplePage({
    title: `Sandbox: ${title}`,
    body: `<header><nav aria-label="Sandbox"><a href="/">All people of the sandbox</a></nav><h1>Sandbox: ${escapeHtml(title)}</h1></header>
<main class="content wide">${note}${table}</main>`,
  });
}

export const formatTime = (at: number) => new Date(at).toISOString().replace('T', ' ').slice(0, 19);
