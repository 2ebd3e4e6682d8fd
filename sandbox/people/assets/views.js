import { addDays, countDays, formatDay, formatLongDay, toMinutes, toTime } from './dates.js';
import { make } from './dom.js';

/** Pixels for an hour in the week. */
const HOUR_PX = 44;
const DAY_MINUTES = 24 * 60;
const WORK_STARTS_AT = 7 * 60;

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
      [time, event.seriesId && 'repeats', event.location].filter(Boolean).join(' ·\u00a0'),
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

/** When an event is on that day, as one would say it. */
function timeOn(date, event) {
  const isFirst = date === event.startDate;
  const isLast = date === lastDateOf(event);
  if (event.isAllDay || !(isFirst || isLast)) return 'all day';
  if (isFirst && isLast) return `${event.startTime} – ${event.endTime}`;
  return isFirst ? `from ${event.startTime}` : `until ${event.endTime}`;
}

const daysFrom = (date, count) => Array.from({ length: count }, (_, index) => addDays(date, index));

/** Seven columns with the hours down the side. */
export function renderWeek(container, { events, from, today, ...actions }) {
  const days = daysFrom(from, 7);
  const isLong = (event) => event.isAllDay || event.startDate !== lastDateOf(event);
  const heads = days.map((date) =>
    make('div', { class: `head${date === today ? ' today' : ''}` }, formatDay(date)),
  );
  const longRow = days.map((date) =>
    renderLongCell(
      date,
      events.filter((event) => isLong(event) && isOn(event, date)),
      actions,
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
  const timed = events.filter((event) => !isLong(event) && days.includes(event.startDate));
  // A week is drawn again and again while somebody looks at it: what they scrolled to stays.
  const shown = `${from} ${timed.length === 0 ? 'empty' : 'planned'}`;
  const before = container.querySelector(`.scroll[data-shown="${shown}"]`);
  const { scrollTop, scrollLeft } = before ?? {};
  container.replaceChildren(
    make(
      'div',
      { class: 'scroll', 'data-shown': shown, tabindex: '0', role: 'region', 'aria-label': 'Week' },
      make(
        'div',
        { class: 'top' },
        make('div', { class: 'week' }, make('div'), ...heads),
        make('div', { class: 'week' }, make('div'), ...longRow),
      ),
      make('div', { class: 'week' }, hours, ...columns),
    ),
  );
  const scroll = container.querySelector('.scroll');
  if (before) scroll.scrollTo(scrollLeft, scrollTop);
  else scrollToFirst(scroll, timed, today);
}

/** To the earliest event by the clock, else to working hours and to today. */
function scrollToFirst(scroll, timed, today) {
  const [first] = timed.toSorted((a, b) => a.startTime.localeCompare(b.startTime));
  const minutes = first ? toMinutes(first.startTime) : WORK_STARTS_AT;
  // Narrow screens show a part of the week only.
  const column = scroll.querySelector(`.column[data-date="${first?.startDate ?? today}"]`);
  scroll.scrollTo(
    column ? column.offsetLeft + column.clientWidth / 2 - scroll.clientWidth / 2 : 0,
    // A little above, so that the label of the hour is not under the heads.
    (minutes / 60) * HOUR_PX - 12,
  );
}

/** What takes whole days, or goes over midnight; dragging moves it by days. */
function renderLongCell(date, events, actions) {
  const cell = make('div', { class: 'long', 'data-date': date });
  acceptDrops(cell, (dragged) => shiftTo(date, dragged, actions));
  for (const event of events) {
    const button = makeEventButton(event, actions, event.isAllDay ? '' : timeOn(date, event));
    button.draggable = event.canEdit;
    button.addEventListener('dragstart', (drag) => carry(drag, { key: keyOf(event), date }));
    cell.append(button);
  }
  return cell;
}

const shiftTo = (date, dragged, actions) =>
  actions.shift(dragged.key, countDays(dragged.date, date));

const carry = (drag, dragged) => drag.dataTransfer.setData('text/plain', JSON.stringify(dragged));

function acceptDrops(element, drop) {
  element.addEventListener('dragover', (drag) => drag.preventDefault());
  element.addEventListener('drop', (dropped) => {
    dropped.preventDefault();
    drop(JSON.parse(dropped.dataTransfer.getData('text/plain')), dropped);
  });
}

function renderColumn(date, events, actions) {
  const column = make('div', {
    class: 'column',
    'data-date': date,
    ondblclick: (click) => {
      if (click.target === column) actions.create(date, minutesAt(column, click.clientY));
    },
  });
  acceptDrops(column, (dragged, { clientY }) => {
    if (dragged.grabbedMinutes === undefined) return shiftTo(date, dragged, actions);
    const minutes = minutesAt(column, clientY) - dragged.grabbedMinutes;
    actions.move(dragged.key, date, Math.max(0, Math.round(minutes / 15) * 15));
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
      carry(drag, { key: keyOf(event), date, grabbedMinutes });
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
          : make('ul', {}, ...list.sort(byTime).map((event) => renderLine(date, event, actions))),
      ),
    );
  if (sections.length === 0) sections.push(make('p', { class: 'nothing' }, 'Nothing planned'));
  container.replaceChildren(...sections);
}

/** Whole days first, then what began the day before. */
const startOf = ({ isAllDay, startDate, startTime }) => (isAllDay ? '' : startDate + startTime);
const byTime = (a, b) => startOf(a).localeCompare(startOf(b)) || a.title.localeCompare(b.title);

const renderLine = (date, event, actions) =>
  make('li', {}, makeEventButton(event, actions, timeOn(date, event)));
