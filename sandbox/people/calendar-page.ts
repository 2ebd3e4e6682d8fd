import { escapeHtml } from '../oauth/pages.ts';
import type { Account } from '../world.ts';
import { renderPeoplePage } from './page.ts';

/** One person's calendars, as they would see them at the provider. The scripts do the rest. */
export function renderCalendarPage(account: Account): Response {
  const { provider, email, name, timeZone } = account;
  const product = provider === 'google' ? 'Google' : 'Outlook';
  const title = `Sandbox: ${product} Calendar of ${email}`;
  const data = { provider, email, 'time-zone': timeZone };
  const attributes = Object.entries(data).map(
    ([key, value]) => `data-${key}="${escapeHtml(value)}"`,
  );
  return renderPeoplePage({
    title,
    bodyAttributes: `class="${provider}" ${attributes.join(' ')}`,
    script: 'calendar.js',
    body: `<header>
<nav aria-label="Sandbox"><a href="/">All people of the sandbox</a></nav>
<h1>${escapeHtml(title)}</h1>
</header>
<main>
<div class="toolbar">
<button id="new" class="main">New event</button>
<button id="today">Today</button>
<button id="earlier" aria-label="Earlier">‹</button>
<button id="later" aria-label="Later">›</button>
<h2 id="month" aria-live="polite"></h2>
<div role="group" aria-label="View">
<button id="week">Week</button>
<button id="agenda">Agenda</button>
</div>
</div>
<p id="status" role="status"></p>
<section id="calendar" aria-label="Calendar of ${escapeHtml(name)}, ${escapeHtml(timeZone)}"></section>
<ul id="legend" aria-label="Calendars"></ul>
</main>`,
  });
}
