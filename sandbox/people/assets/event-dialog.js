import { addDays, toTime } from './dates.js';
import { make } from './dom.js';

const field = (label, control) =>
  make('label', { class: 'field' }, make('span', {}, label), control);
const input = (name, type, value, more = {}) => make('input', { name, type, value, ...more });

/**
 * Opens the form for a new event (`event` null) or an existing one. `save`, `remove` and `respond`
 * do the work; `leave` puts the focus back when the form has closed.
 */
export function openEventDialog({ event, draft, calendars, save, remove, respond, leave }) {
  const isNew = event === null;
  const isReadOnly = !isNew && !event.canEdit;
  const problem = make('p', { class: 'problem', role: 'alert' });
  const title = isNew ? 'New event' : isReadOnly ? 'Event' : 'Edit event';
  const form = make(
    'form',
    { method: 'dialog', 'aria-label': title },
    make('h2', {}, title),
    make(
      'fieldset',
      { class: 'plain', disabled: isReadOnly },
      ...makeFields(event, draft, calendars, isReadOnly),
    ),
    event?.guests.length ? renderGuests(event) : null,
    event?.answer ? renderAnswers(event, (answer) => run(() => respond(event, answer))) : null,
    event?.seriesId && !isReadOnly ? renderScopes() : null,
    problem,
    make(
      'div',
      { class: 'actions' },
      isNew || isReadOnly
        ? null
        : make('button', { type: 'button', class: 'danger', onclick: onRemove }, 'Delete'),
      make('span', { class: 'space' }),
      make(
        'button',
        { type: 'button', onclick: () => dialog.close() },
        isReadOnly ? 'Close' : 'Cancel',
      ),
      isReadOnly ? null : make('button', { type: 'submit', class: 'main' }, 'Save'),
    ),
  );
  const dialog = make('dialog', { class: 'editor', 'aria-label': title, onclose }, form);
  form.addEventListener('submit', (submit) => {
    submit.preventDefault();
    void run(() => save(readDraft(form), readScope(form)));
  });
  form.elements.isAllDay.addEventListener('change', () => showTimes(form));
  form.elements.repeat?.addEventListener('change', () => showCount(form));
  // Moving the start moves the end with it.
  let { startDate, startTime } = draft;
  form.elements.startDate.addEventListener('change', keepDuration);
  form.elements.startTime.addEventListener('change', keepDuration);
  showTimes(form);
  showCount(form);
  document.body.append(dialog);
  dialog.showModal();
  form.elements.title.focus();

  function onclose() {
    dialog.remove();
    leave();
  }

  function keepDuration() {
    const { elements } = form;
    const minutes = (date, time) => Date.parse(`${date}T${time || '00:00'}:00Z`) / 60_000;
    const moved =
      minutes(elements.startDate.value, elements.startTime.value) - minutes(startDate, startTime);
    const end = new Date(
      (minutes(elements.endDate.value, elements.endTime.value) + moved) * 60_000,
    );
    if (Number.isNaN(end.getTime())) return;
    elements.endDate.value = end.toISOString().slice(0, 10);
    if (elements.endTime.value) elements.endTime.value = end.toISOString().slice(11, 16);
    startDate = elements.startDate.value;
    startTime = elements.startTime.value;
  }

  function onRemove() {
    void run(() => remove(event, readScope(form)));
  }

  async function run(task) {
    problem.textContent = '';
    form.setAttribute('aria-busy', 'true');
    try {
      await task();
      dialog.close();
    } catch (error) {
      problem.textContent = error.message;
    } finally {
      form.removeAttribute('aria-busy');
    }
  }
}

function makeFields(event, draft, calendars, isReadOnly) {
  const canRepeat = !isReadOnly && (event === null || event.seriesId === null);
  return [
    field('Title', input('title', 'text', draft.title, { autocomplete: 'off' })),
    make(
      'label',
      { class: 'tick' },
      input('isAllDay', 'checkbox', '', { checked: draft.isAllDay }),
      'All day',
    ),
    make(
      'div',
      { class: 'pair' },
      field('Start date', input('startDate', 'date', draft.startDate, { required: true })),
      field('Start time', input('startTime', 'time', draft.startTime || '09:00')),
    ),
    make(
      'div',
      { class: 'pair' },
      field('End date', input('endDate', 'date', draft.endDate, { required: true })),
      field('End time', input('endTime', 'time', draft.endTime || '10:00')),
    ),
    canRepeat ? renderRepeat() : null,
    event === null && calendars.length > 1 ? field('Calendar', renderCalendars(calendars)) : null,
    field('Location', input('location', 'text', draft.location)),
    field(
      'Guests, by e-mail address',
      input('guests', 'text', draft.guests.join(', '), { autocomplete: 'off' }),
    ),
    field(
      'Description',
      make('textarea', { name: 'description', rows: 3, value: draft.description }),
    ),
  ];
}

function renderRepeat() {
  const choices = {
    '': 'Does not repeat',
    daily: 'Daily',
    weekly: 'Weekly',
    monthly: 'Monthly',
    yearly: 'Yearly',
  };
  const options = Object.entries(choices).map(([value, text]) => make('option', { value }, text));
  return make(
    'div',
    { class: 'pair' },
    field('Repeats', make('select', { name: 'repeat' }, ...options)),
    field('How often (empty: no end)', input('count', 'number', '', { min: 1, max: 999 })),
  );
}

const renderCalendars = (calendars) =>
  make(
    'select',
    { name: 'calendarId' },
    ...calendars.map(({ id, name, isDefault }) =>
      make('option', { value: id, selected: isDefault }, name),
    ),
  );

const renderGuests = (event) =>
  make(
    'ul',
    { class: 'guests', 'aria-label': 'Answers' },
    ...event.guests.map(({ email, answer }) => make('li', {}, `${email}: ${answer}`)),
  );

const renderAnswers = (event, answerWith) =>
  make(
    'fieldset',
    { class: 'answers' },
    make(
      'legend',
      {},
      `Invitation from ${event.organizer}. Will you come${event.seriesId ? ' to all of the series' : ''}?`,
    ),
    ...Object.entries({ yes: 'Yes', maybe: 'Maybe', no: 'No' }).map(([answer, text]) =>
      make(
        'button',
        {
          type: 'button',
          'aria-pressed': String(event.answer === answer),
          onclick: () => answerWith(answer),
        },
        text,
      ),
    ),
  );

function renderScopes() {
  const scopes = { one: 'This event', following: 'This and following events', all: 'All events' };
  return make(
    'fieldset',
    { class: 'scopes' },
    make('legend', {}, 'Save or delete'),
    ...Object.entries(scopes).map(([value, text]) =>
      make(
        'label',
        { class: 'tick' },
        input('scope', 'radio', value, { checked: value === 'one' }),
        text,
      ),
    ),
  );
}

const readScope = (form) => new FormData(form).get('scope') ?? 'one';

function showTimes(form) {
  const { isAllDay, startTime, endTime } = form.elements;
  for (const control of [startTime, endTime]) {
    control.closest('label').hidden = isAllDay.checked;
    control.required = !isAllDay.checked;
  }
}

function showCount(form) {
  const { repeat, count } = form.elements;
  if (repeat) count.closest('label').hidden = repeat.value === '';
}

function readDraft(form) {
  const { elements } = form;
  const isAllDay = elements.isAllDay.checked;
  const draft = {
    title: elements.title.value,
    isAllDay,
    startDate: elements.startDate.value,
    startTime: isAllDay ? '' : elements.startTime.value,
    endDate: elements.endDate.value,
    endTime: isAllDay ? '' : elements.endTime.value,
    location: elements.location.value,
    description: elements.description.value,
    guests: elements.guests.value.split(/[\s,;]+/).filter(Boolean),
    repeat: elements.repeat?.value ?? '',
    count: (elements.repeat?.value && Number(elements.count.value)) || null,
    calendarId: elements.calendarId?.value ?? null,
  };
  if (`${draft.endDate}${draft.endTime}` < `${draft.startDate}${draft.startTime}`) {
    throw new Error('The end is before the start.');
  }
  return draft;
}

/** An hour from `minutes` on a date. */
export function makeDraft(date, minutes) {
  const end = minutes + 60;
  return {
    title: '',
    isAllDay: false,
    startDate: date,
    startTime: toTime(minutes),
    endDate: end >= 1440 ? addDays(date, 1) : date,
    endTime: toTime(end % 1440),
    location: '',
    description: '',
    guests: [],
  };
}

/** The form's values for an event as it is, so that a move changes nothing else. */
export const draftOf = (event) => ({
  ...event,
  guests: event.guests.map(({ email }) => email),
  repeat: '',
  count: null,
});

/** The same event at another time of another day, as long as before. */
export function moveDraft(event, date, minutes) {
  const draft = draftOf(event);
  const duration =
    (Date.parse(`${event.endDate}T${event.endTime}:00Z`) -
      Date.parse(`${event.startDate}T${event.startTime}:00Z`)) /
    60_000;
  const end = minutes + duration;
  return {
    ...draft,
    startDate: date,
    startTime: toTime(minutes),
    endDate: addDays(date, Math.floor(end / 1440)),
    endTime: toTime(end % 1440),
  };
}

/** The same event at the same times, days later or earlier. */
export function shiftDraft(event, days) {
  const startDate = addDays(event.startDate, days);
  return { ...draftOf(event), startDate, endDate: addDays(event.endDate, days) };
}
