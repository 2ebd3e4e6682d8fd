import { addDays, cityOf, formatMonth, now, startOfWeek, toMinutes } from './dates.js';
import { make } from './dom.js';
import { draftOf, makeDraft, moveDraft, openEventDialog, shiftDraft } from './event-dialog.js';
import { createGoogleApi } from './google-api.js';
import { createHttp } from './http.js';
import { createOutlookApi } from './outlook-api.js';
import { renderTrouble } from './trouble.js';
import { keyOf, renderAgenda, renderWeek } from './views.js';

/** How often the page asks whether anything changed, in milliseconds. */
const POLL_MS = 1_000;
const AGENDA_DAYS = 30;
const NO_ANSWER = 'The sandbox does not answer';

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
let loadCount = 0;

const main = document.querySelector('#calendar');
const status = document.querySelector('#status');
document.querySelector('.toolbar').after(renderTrouble({ provider, email }));
// Their owner’s clock, which need not be that of whoever looks at it here.
document.querySelector('#month').after(make('p', {}, `Times in ${cityOf(timeZone)}`));

document.querySelector('#new').addEventListener('click', () => {
  const { date, time } = now(timeZone);
  openNew(
    isShown(date) ? date : view.from,
    Math.min(23 * 60, (Math.floor(toMinutes(time) / 60) + 1) * 60),
  );
});
document
  .querySelector('#earlier')
  .addEventListener('click', () => go(addDays(view.from, -dayCount())));
document
  .querySelector('#later')
  .addEventListener('click', () => go(addDays(view.from, dayCount())));
document.querySelector('#today').addEventListener('click', () => go(today));
for (const kind of ['week', 'agenda']) {
  document.querySelector(`#${kind}`).addEventListener('click', () => {
    // Of the week that is now, a list tells what comes.
    const from = isShown(today) ? today : view.from;
    view.kind = kind;
    void go(from);
  });
}

function dayCount() {
  return view.kind === 'week' ? 7 : AGENDA_DAYS;
}

const isShown = (date) => date >= view.from && date < addDays(view.from, dayCount());

async function go(date) {
  view.from = view.kind === 'week' ? startOfWeek(date) : date;
  await load();
}

/** Looks again only when something was written, so that the record of calls stays readable. */
async function poll() {
  try {
    const response = await fetch('/people/version');
    const { version: latest } = await response.json();
    if (status.textContent === NO_ANSWER) status.textContent = '';
    if (latest === version) return;
    version = latest;
    await load();
  } catch {
    status.textContent = NO_ANSWER;
  }
}

async function load() {
  const number = ++loadCount;
  try {
    const { from } = view;
    const to = addDays(from, dayCount());
    const listed = await api.listCalendars();
    const lists = [];
    // One after the other: Graph allows four calls at a time for a mailbox.
    for (const calendar of listed) lists.push(await api.listEvents(calendar, from, to));
    // What a later look saw is newer, whichever of them ends first.
    if (number !== loadCount) return;
    calendars = listed;
    events = lists.flat();
    status.textContent = '';
    render();
  } catch (error) {
    if (number === loadCount) status.textContent = error.message;
  }
}

function render() {
  const focused = document.activeElement?.dataset?.key;
  const colourOf = (event) =>
    `colour-${calendars.findIndex(({ id }) => id === event.calendarId) % 5}`;
  const shared = { events, from: view.from, today, colourOf, open, create: openNew, move, shift };
  document.querySelector('#month').textContent = formatMonth(
    view.kind === 'week' ? addDays(view.from, 3) : view.from,
  );
  for (const kind of ['week', 'agenda']) {
    document.querySelector(`#${kind}`).setAttribute('aria-pressed', String(view.kind === kind));
  }
  main.className = view.kind;
  if (view.kind === 'week') renderWeek(main, shared);
  else renderAgenda(main, { ...shared, dayCount: AGENDA_DAYS });
  renderLegend();
  if (focused) findButton(focused)?.focus();
}

const findButton = (key) => main.querySelector(`[data-key="${CSS.escape(key)}"]`);

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
    leave: () => document.querySelector('#new').focus(),
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
    // What was pressed to open the form may have been drawn anew, or be gone.
    leave: () => (findButton(keyOf(event)) ?? document.querySelector('#new')).focus(),
  });
}

/** Dragging moves the one occurrence: to another time of a day, or by whole days. */
const move = (key, date, minutes) => drag(key, (event) => moveDraft(event, date, minutes));
const shift = (key, days) => drag(key, (event) => shiftDraft(event, days));

async function drag(key, makeMoved) {
  const event = events.find((candidate) => keyOf(candidate) === key);
  if (!event?.canEdit) return;
  try {
    await api.update(event, makeMoved(event), 'one');
    await poll();
  } catch (error) {
    status.textContent = error.message;
  }
}

void poll();
setInterval(() => void poll(), POLL_MS);
