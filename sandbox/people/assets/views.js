import { addDays, formatDay, formatLongDay, toMinutes, toTime } from './dates.js';
import { make } from './dom.js';

/** Pixels for an hour in the week. */
const HOUR_PX = 44;
const DAY_MINUTES = 24 * 60;

/** What a glance at the place of an event tells, for those who do not see it. */
const describe = (event) =>
  [
    formatLongDay(event.startDate),
    event.answer && `your answer: ${event.answer}`,
    `calendar ${event.calendarName}`,
  ]
    .filter(Boolean)
    .join(', ');

export const keyOf = (event) => `${event.calendarId} ${event.id}`;

function makeEventButton(event, { open, colourOf }, time) {
  const isPending = event.answer === 'none' || event.answer === 'maybe';
  const classes = ['event', colourOf(event), isPending && 'pending', event.answer === 'no' && 'no'];
  return make(
    'button',
    {
      type: 'button',
      class: classes.filter(Boolean).join(' '),
      'data-key': keyOf(event),
      onclick: () => open(event),
    },
    make('strong', {}, event.title || '(no title)'),
    ' ',
    make(
      'span',
      {},
      [time, event.seriesId && 'repeats', event.location].filter(Boolean).join(' · '),
    ),
    make('span', { class: 'unseen' }, `, ${describe(event)}`),
  );
}

const isOn = (event, date) => event.startDate <= date && date <= lastDateOf(event);

/** An event that ends at midnight is not on the day that begins then. */
const lastDateOf = (event) =>
  !event.isAllDay && event.endTime === '00:00' && event.endDate > event.startDate
    ? addDays(event.endDate, -1)
    : event.endDate;

const daysFrom = (date, count) => Array.from({ length: count }, (_, index) => addDays(date, index));

/** Seven columns with the hours down the side. */
export function renderWeek(container, { events, from, today, ...actions }) {
  const days = daysFrom(from, 7);
  const isLong = (event) => event.isAllDay || event.startDate !== lastDateOf(event);
  const heads = days.map((date) =>
    make('div', { class: `head${date === today ? ' today' : ''}` }, formatDay(date)),
  );
  const longRow = days.map((date) =>
    make(
      'div',
      { class: 'long' },
      ...events
        .filter((event) => isLong(event) && isOn(event, date))
        .map((event) => makeEventButton(event, actions, event.isAllDay ? '' : event.startTime)),
    ),
  );
  const columns = days.map((date) =>
    renderColumn(
      date,
      events.filter((event) => !isLong(event) && event.startDate === date),
      actions,
    ),
  );
  const hours = make(
    'div',
    { class: 'hours', 'aria-hidden': 'true' },
    ...Array.from({ length: 24 }, (_, hour) => make('span', {}, toTime(hour * 60))),
  );
  const scrollTop = container.querySelector('.scroll')?.scrollTop ?? 7 * HOUR_PX;
  container.replaceChildren(
    make(
      'div',
      { class: 'scroll' },
      make(
        'div',
        { class: 'top' },
        make('div', { class: 'week' }, make('div'), ...heads),
        make('div', { class: 'week' }, make('div'), ...longRow),
      ),
      make('div', { class: 'week' }, hours, ...columns),
    ),
  );
  container.querySelector('.scroll').scrollTop = scrollTop;
}

function renderColumn(date, events, actions) {
  const column = make('div', {
    class: 'column',
    'data-date': date,
    ondblclick: (click) => {
      if (click.target === column) actions.create(date, minutesAt(column, click.clientY));
    },
    ondragover: (drag) => drag.preventDefault(),
    ondrop: (drop) => {
      drop.preventDefault();
      const { key, grabbedMinutes } = JSON.parse(drop.dataTransfer.getData('text/plain'));
      const minutes = minutesAt(column, drop.clientY) - grabbedMinutes;
      actions.move(key, date, Math.max(0, Math.round(minutes / 15) * 15));
    },
  });
  for (const { event, lane, laneCount } of arrange(events)) {
    const from = toMinutes(event.startTime);
    const to = event.endTime === '00:00' ? DAY_MINUTES : toMinutes(event.endTime);
    const button = makeEventButton(event, actions, event.startTime);
    button.style.top = `${(from / 60) * HOUR_PX}px`;
    button.style.height = `${Math.max(20, ((to - from) / 60) * HOUR_PX - 2)}px`;
    button.style.left = `${(lane / laneCount) * 100}%`;
    button.style.width = `calc(${100 / laneCount}% - 2px)`;
    button.draggable = event.canEdit;
    button.addEventListener('dragstart', (drag) => {
      const grabbedMinutes = minutesAt(column, drag.clientY) - from;
      drag.dataTransfer.setData(
        'text/plain',
        JSON.stringify({ key: keyOf(event), grabbedMinutes }),
      );
    });
    column.append(button);
  }
  return column;
}

const minutesAt = (column, clientY) =>
  Math.floor(((clientY - column.getBoundingClientRect().top) / HOUR_PX) * 4) * 15;

/** Puts events that overlap beside each other. */
function arrange(events) {
  const placed = [];
  let group = [];
  let groupEnd = 0;
  const close = () => {
    const laneCount = Math.max(0, ...group.map(({ lane }) => lane + 1));
    placed.push(...group.map((item) => ({ ...item, laneCount })));
    group = [];
  };
  for (const event of [...events].sort((a, b) => a.startTime.localeCompare(b.startTime))) {
    const from = toMinutes(event.startTime);
    const to =
      event.endTime === '00:00' ? DAY_MINUTES : Math.max(from + 25, toMinutes(event.endTime));
    if (from >= groupEnd) close();
    const taken = new Set(group.filter((item) => item.to > from).map(({ lane }) => lane));
    let lane = 0;
    while (taken.has(lane)) lane++;
    group.push({ event, lane, to });
    groupEnd = Math.max(groupEnd, to);
  }
  close();
  return placed;
}

/** A list by days, for a phone and for reading aloud. */
export function renderAgenda(container, { events, from, dayCount, today, ...actions }) {
  const sections = daysFrom(from, dayCount)
    .map((date) => ({ date, list: events.filter((event) => isOn(event, date)) }))
    .filter(({ list, date }) => list.length > 0 || date === today)
    .map(({ date, list }) =>
      make(
        'section',
        { class: `day${date === today ? ' today' : ''}` },
        make('h2', {}, formatLongDay(date)),
        list.length === 0
          ? make('p', {}, 'Nothing planned')
          : make('ul', {}, ...list.sort(byTime).map((event) => renderLine(event, actions))),
      ),
    );
  if (sections.length === 0) sections.push(make('p', { class: 'nothing' }, 'Nothing planned'));
  container.replaceChildren(...sections);
}

const byTime = (a, b) => a.startTime.localeCompare(b.startTime) || a.title.localeCompare(b.title);

const renderLine = (event, actions) =>
  make(
    'li',
    {},
    makeEventButton(
      event,
      actions,
      event.isAllDay ? 'All day' : `${event.startTime} – ${event.endTime}`,
    ),
  );
