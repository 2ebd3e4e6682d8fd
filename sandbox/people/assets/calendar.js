import { addDays, formatMonth, now, startOfWeek, toMinutes } from './dates.js';
import { make } from './dom.js';
import { draftOf, makeDraft, moveDraft, openEventDialog } from './event-dialog.js';
import { createGoogleApi } from './google-api.js';
import { createHttp } from './http.js';
import { createOutlookApi } from './outlook-api.js';
import { keyOf, renderAgenda, renderWeek } from './views.js';

/** How often the page asks whether anything changed, in milliseconds. */
const POLL_MS = 1_000;
const AGENDA_DAYS = 30;

const { provider, email, timeZone } = document.body.dataset;
const call = createHttp({ provider, email });
const api = (provider === 'google' ? createGoogleApi : createOutlookApi)(call, { timeZone, email });

const today = now(timeZone).date;
const phone = matchMedia('(max-width: 760px)');
const view = {
  kind: phone.matches ? 'agenda' : 'week',
  from: phone.matches ? today : startOfWeek(today),
};
let calendars = [];
let events = [];
let version = -1;

const main = document.querySelector('#calendar');
const status = document.querySelector('#status');

document.querySelector('#new').addEventListener('click', () => {
  const { date, time } = now(timeZone);
  const isShown = date >= view.from && date < addDays(view.from, dayCount());
  openNew(
    isShown ? date : view.from,
    Math.min(23 * 60, (Math.floor(toMinutes(time) / 60) + 1) * 60),
  );
});
document.querySelector('#earlier').addEventListener('click', () => go(addDays(view.from, -step())));
document.querySelector('#later').addEventListener('click', () => go(addDays(view.from, step())));
document.querySelector('#today').addEventListener('click', () => go(today));
for (const kind of ['week', 'agenda']) {
  document.querySelector(`#${kind}`).addEventListener('click', () => {
    view.kind = kind;
    void go(view.from);
  });
}

await poll();
setInterval(() => void poll(), POLL_MS);

const step = () => (view.kind === 'week' ? 7 : AGENDA_DAYS);
const dayCount = () => (view.kind === 'week' ? 7 : AGENDA_DAYS);

async function go(date) {
  view.from = view.kind === 'week' ? startOfWeek(date) : date;
  await load();
}

/** Looks again only when something was written, so that the record of calls stays readable. */
async function poll() {
  try {
    const response = await fetch('/people/version');
    const { version: latest } = await response.json();
    if (latest === version) return;
    version = latest;
    calendars = [];
    await load();
  } catch {
    status.textContent = 'The sandbox does not answer';
  }
}

async function load() {
  try {
    if (calendars.length === 0) calendars = await api.listCalendars();
    const { from } = view;
    const to = addDays(from, dayCount());
    const lists = [];
    // One after the other: Graph allows four calls at a time for a mailbox.
    for (const calendar of calendars) lists.push(await api.listEvents(calendar, from, to));
    if (from !== view.from) return;
    events = lists.flat();
    status.textContent = '';
    render();
  } catch (error) {
    status.textContent = error.message;
  }
}

function render() {
  const focused = document.activeElement?.dataset?.key;
  const colourOf = (event) =>
    `colour-${calendars.findIndex(({ id }) => id === event.calendarId) % 5}`;
  const shared = { events, from: view.from, today, colourOf, open, create: openNew, move };
  document.querySelector('#month').textContent = formatMonth(addDays(view.from, 3));
  for (const kind of ['week', 'agenda']) {
    document.querySelector(`#${kind}`).setAttribute('aria-pressed', String(view.kind === kind));
  }
  main.className = view.kind;
  if (view.kind === 'week') renderWeek(main, shared);
  else renderAgenda(main, { ...shared, dayCount: AGENDA_DAYS });
  renderLegend();
  if (focused) main.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

function renderLegend() {
  const items = calendars.map(({ name }, index) =>
    make('li', {}, make('span', { class: `dot colour-${index % 5}`, 'aria-hidden': 'true' }), name),
  );
  document.querySelector('#legend').replaceChildren(...items);
}

function openNew(date, minutes) {
  const writable = calendars.filter(({ canEdit }) => canEdit);
  const fallback = writable.find(({ isDefault }) => isDefault) ?? writable[0];
  openEventDialog({
    event: null,
    draft: makeDraft(date, minutes),
    calendars: writable,
    save: (draft) => api.create(draft.calendarId ?? fallback.id, draft).then(poll),
  });
}

function open(event) {
  openEventDialog({
    event,
    draft: draftOf(event),
    calendars,
    save: (draft, scope) => api.update(event, draft, scope).then(poll),
    remove: (gone, scope) => api.remove(gone, scope).then(poll),
    respond: (invited, answer) => api.respond(invited, answer).then(poll),
  });
}

/** Dragging moves the one occurrence. */
async function move(key, date, minutes) {
  const event = events.find((candidate) => keyOf(candidate) === key);
  if (!event?.canEdit) return;
  try {
    await api.update(event, moveDraft(event, date, minutes), 'one');
    await poll();
  } catch (error) {
    status.textContent = error.message;
  }
}
