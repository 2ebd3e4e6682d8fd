import type { Copy, Unit } from '../src/api/schemas/activities.ts';
import type { AuditEntry } from '../src/api/schemas/audit.ts';
import type { CalendarDirection, PoliciesView } from '../src/api/schemas/calendars.ts';
import type { CallbackResult, Connection } from '../src/api/schemas/connections.ts';
import type { HistoryEntry } from '../src/api/schemas/history.ts';
import { englishTexts, type RecurrenceTexts } from '../src/calendar/describe-recurrence.ts';
import type { GuestAnswer, OwnAnswer, ShowAs, Visibility } from '../src/calendar/event.ts';
import { formatDayOfMonth, formatTime, formatWholeDate } from './time/format.ts';

/** Every word the pages say, in one place, ready for translation. */

export type Provider = Connection['provider'];

export const providerNames: Record<Provider, string> = { google: 'Google', outlook: 'Outlook' };

/** The account that the demonstration is seeded with; shown only beside the sandbox. */
export const demonstration = { email: 'anna@northwind.example', password: 'kalends-demo' };

export const common = {
  product: 'Kalends',
  loading: 'Loading…',
  cancel: 'Cancel',
  close: 'Close',
  retry: 'Try again',
  save: 'Save',
  clear: 'Clear',
  menu: 'Menu',
  skip: 'Skip to content',
  signOut: 'Sign out',
  offline: 'Connection lost. What you see may be out of date; trying again…',
  unexpected: 'Something went wrong. Please try again.',
  unreachable: 'Kalends could not be reached. Check your connection and try again.',
  loadFailed: 'This could not be loaded',
  theProvider: 'The provider',
  notFoundTitle: 'There is no such page',
  notFoundText: 'The address may be mistyped, or what was here is gone.',
  toLeads: 'Go to leads',
};

export const navigation = {
  label: 'Kalends',
  leads: 'Leads',
  calendar: 'Calendar',
  admin: 'Admin',
  /** The same heading for who is no admin. */
  own: 'Settings',
  settings: 'System Settings',
  sandbox: 'Open the sandbox',
  newTab: '(opens in a new tab)',
};

export const signIn = {
  title: 'Sign in',
  intro: 'Plans made on a lead, in your calendar at once.',
  email: 'Email',
  password: 'Password',
  submit: 'Sign in',
  showPassword: 'Show or hide what is typed',
  hintTitle: 'This is a demonstration',
  hint: 'Sign in with these:',
  fillIn: 'Fill them in',
  emailMissing: 'Enter your e-mail address.',
  passwordMissing: 'Enter your password.',
};

export const leads = {
  title: 'Leads',
  search: 'Search leads',
  searchPlaceholder: 'Name, company or e-mail',
  add: 'Add lead',
  columns: { name: 'Name', contact: 'Contact', owner: 'Owner', next: 'Next event' },
  nothingPlanned: 'Nothing planned',
  today: (time: string) => `Today, ${time}`,
  more: 'Show more',
  emptyTitle: 'No leads yet',
  emptyText: 'Add the first person or company you are talking to, then plan events with them.',
  noMatchTitle: 'No lead matches',
  noMatchText: (query: string) => `Nothing was found for “${query}”.`,
  clearSearch: 'Clear the search',
  found: (count: number, isMore: boolean) =>
    `${formatCount(count)}${isMore ? '+' : ''} ${plural(count, 'lead', 'leads')}`,
  form: {
    title: 'Add lead',
    name: 'Name',
    company: 'Company',
    email: 'Email',
    phone: 'Phone',
    nameMissing: 'Enter a name.',
    emailWrong: 'This does not look like an e-mail address.',
  },
};

export const lead = {
  back: 'All leads',
  contact: 'Contact',
  owner: 'Owner',
  since: 'Lead since',
  none: 'None given',
  timeline: 'Timeline',
  newEvent: 'New Event',
  coming: 'Coming',
  past: 'Past',
  nothingComing: 'Nothing is planned.',
  emptyTitle: 'Nothing planned yet',
  emptyText: 'Plan a call or a visit: it is in your connected calendars a moment later.',
  notConnected: 'Events stay in Kalends until you connect a calendar.',
  toSettings: 'Open System Settings',
  showPast: (count: number) =>
    `Show ${formatCount(count)} past ${plural(count, 'event', 'events')}`,
  earlier: 'What lies further back is kept, and not shown here.',
  missingTitle: 'This lead is not here',
  missingText: 'It was removed, or it belongs to somebody else.',
};

/** Said of an event that is in no calendar. */
const onlyHere = 'Only in Kalends';

/** Said of an event that has dates and no times. */
export const allDay = 'All day';

export const event = {
  busy: 'Busy',
  hidden: (owner: string) => `${owner} has something planned; details are private.`,
  today: 'Today',
  now: 'Now',
  cancelled: 'Cancelled',
  allDay,
  inZone: (times: string, zone: string) => `${times} in ${zone}`,
  plannedBy: (owner: string) => `Planned by ${owner}`,
  edit: 'Edit',
  delete: 'Delete',
  deleteTitle: 'Delete this event?',
  deleteText: (title: string) => `“${title}” is removed here and from every connected calendar.`,
  deleted: (title: string) => `“${inBrief(title)}” is deleted.`,
  saved: 'Event saved',
  restore: 'Restore',
  restored: 'Event restored',
  history: 'History',
  wasCancelled: 'It was deleted in the calendar. It stays here, and you can restore it for both.',
  wasCancelledIn: (provider: Provider, account: string) =>
    `It was deleted in ${providerNames[provider]} Calendar (${account}). It stays here, and you can restore it for both.`,
  organisedBy: (who: string) => `Organised by ${who || 'somebody else'}: only they can change it.`,
};

/** The calendar page. */
export const calendarPage = {
  title: 'Calendar',
  today: 'Today',
  previous: {
    month: 'Previous month',
    week: 'Previous week',
    day: 'Previous day',
    agenda: 'Earlier',
  },
  next: { month: 'Next month', week: 'Next week', day: 'Next day', agenda: 'Later' },
  view: 'View',
  views: { month: 'Month', week: 'Week', day: 'Day', agenda: 'Agenda' },
  newEvent: 'New Event',
  calendars: 'Calendars',
  mine: 'Your calendars',
  here: onlyHere,
  calendarsUnknown: 'They are listed once the events are loaded.',
  colleagues: 'Colleagues',
  colleaguesHint: 'You see when they are busy, and nothing else.',
  findColleague: 'Find a colleague',
  peopleMax: (max: number) => `At most ${formatCount(max)} at a time.`,
  morePeople: 'More people are here than are listed.',
  noneFound: 'Nobody of that name.',
  busy: (name: string) => `${name} (busy)`,
  untitled: 'Untitled',
  allDay,
  events: 'Events',
  moreEvents: (count: number) => `+${formatCount(count)} more`,
  /** Where there is no room for the word; for whom it is read out, the day is named behind it. */
  moreShort: (count: number) => `+${formatCount(count)}`,
  moreHint: (count: number) =>
    `Show ${formatCount(count)} more ${plural(count, 'event', 'events')} of this day`,
  moreOn: (date: string) => `on ${date}: show the day`,
  openDay: (date: string) => `Show ${date}`,
  closeDay: 'Close',
  loading: 'Loading events…',
  noneTitle: {
    month: 'Nothing is planned in this month.',
    week: 'Nothing is planned in this week.',
    day: 'Nothing is planned on this day.',
    agenda: 'Nothing is planned in these weeks.',
  },
  shortWeek: '3 days',
  previousDays: 'Previous days',
  nextDays: 'Next days',
  noneInDays: 'Nothing is planned on these days.',
  allHidden: 'Every calendar with events here is hidden.',
  cut: (date: string) =>
    `Here are more events than can be shown: from ${date} on they are not complete. Weeks and days show less at a time.`,
  busyCut: (name: string) => `${name} has more planned than can be shown here.`,
  showMore: (count: number) => `Show ${formatCount(count)} more`,
  describe: (parts: readonly (string | false | null | undefined)[]) =>
    parts.filter(Boolean).join('. '),
  withLead: (name: string) => `With ${name}`,
  ofSeries: 'Repeats',
  declined: 'You declined',
  hasProblem: 'Needs a look',
  details: 'Event',
  toLead: (name: string) => `Go to ${name}`,
  noLead: 'It came from a calendar and is with no lead.',
  goneTitle: 'This event is not here any more',
  goneText: 'It was deleted or cancelled meanwhile.',
  lead: 'Lead',
  leadHint: 'Type a name or a company.',
  leadMissing: 'Choose the lead it is with.',
  leadNone: 'No lead matches.',
  moved: (title: string, when: string) => `“${inBrief(title)}” is now ${when}.`,
  undone: (title: string) => `“${inBrief(title)}” is back where it was.`,
  undoneFrom: (title: string) =>
    `“${inBrief(title)}” is back where it was. The series stays in two parts.`,
  notSaved: (title: string, reason: string) => `“${inBrief(title)}” stays where it was. ${reason}`,
  changedMeanwhile: 'It was changed meanwhile, here or in a calendar.',
  moveTitle: 'Change this event?',
  moveText: (title: string, when: string) => `“${title}” is moved to ${when}.`,
};

/** The way back that is offered with the note of what was done. */
export const undoNote = {
  undo: 'Undo',
  notUndone: (reason: string) => `It could not be taken back. ${reason}`,
};

/** What happened to one event, and what was deleted lately. */
export const history = {
  title: 'History',
  of: (title: string) => `What happened to “${title}”`,
  undo: 'Undo',
  undoOf: (change: string, when: string) => `Undo: ${change}, ${when}`,
  undone: 'The change was taken back',
  overwritten: (units: string) => `It was taken back; newer changes gave way: ${units}.`,
  byPerson: (name: string) => `${name}, in Kalends`,
  byCalendar: (account: string) => `In the calendar of ${account}`,
  byNobody: 'By somebody who is not known here any more',
  isUndo: 'Took an earlier change back',
  byBoth: (account: string) => `In Kalends and in the calendar of ${account}`,
  became: (unit: string, before: string, after: string) => `${unit}: ${before} became ${after}`,
  /** Which of two values was kept, and who had the other one. */
  kept: {
    here: (unit: string, kept: string, other: string) =>
      `${unit}: kept ${kept}; the calendar had ${other}`,
    calendar: (unit: string, kept: string, other: string) =>
      `${unit}: kept ${kept} from the calendar; Kalends had ${other}`,
    unknown: (unit: string, kept: string, other: string) =>
      `${unit}: kept ${kept}; the other side had ${other}`,
  },
  settled: (unit: string, kept: string, other: string) =>
    `${unit}: kept ${kept}; ${other} gave way`,
  tookOther: 'Took the version that had given way',
  value: (value: string) => (value === '' ? 'nothing' : `“${value}”`),
  doesNotRepeat: 'not repeating',
  empty: 'Nothing has happened yet.',
  deletedTitle: 'Deleted lately',
  deletedIntro: 'Kept for 30 days.',
  deletedNone: 'Nothing was deleted in the last 30 days.',
  deletedOccurrence: 'One date of a series. Restored, it is an event of its own.',
};

export const changeWords: Record<HistoryEntry['change'], string> = {
  created: 'Made',
  updated: 'Changed',
  deleted: 'Deleted',
  cancelled: 'Deleted in the calendar',
  restored: 'Restored',
  conflict: 'Changed on both sides',
  settled: 'Decided: it stays as it is',
};

export const unitWords: Record<Unit, string> = {
  title: 'Title',
  description: 'Notes',
  location: 'Location',
  when: 'Time',
  recurrence: 'Repeats',
  visibility: 'Visibility',
  show_as: 'Show as',
  attendees: 'Guests',
};

/** Who is invited to an event, and what they said. */
export const guests = {
  label: 'Guests',
  hint: 'E-mail addresses, separated by commas or on lines of their own.',
  optional: 'optional',
  from: (account: string) => `Invitations go out from ${account}.`,
  fromNowhere: 'No calendar sends invitations for this event: guests are only noted here.',
  always: (provider: Provider | undefined) =>
    `${provider ? providerNames[provider] : 'This calendar'} mails guests at once, of every change.`,
  tell: 'Tell guests by mail',
  wrong: (address: string) => `“${address}” is no e-mail address.`,
  tooMany: (max: number) => `Name at most ${formatCount(max)} guests.`,
};

/** Answering somebody else's meeting. */
export const ownAnswer = {
  said: (answer: string) => `Your answer: ${answer}`,
  wanted: (answer: string) => `On its way: ${answer}`,
  choices: { accepted: 'Accept', tentative: 'Maybe', declined: 'Decline' } satisfies Record<
    OwnAnswer,
    string
  >,
};

export const answerWords: Record<GuestAnswer, string> = {
  'needs-action': 'No answer yet',
  accepted: 'Accepted',
  declined: 'Declined',
  tentative: 'Maybe',
};

export const eventForm = {
  newTitle: 'New event',
  editTitle: 'Edit event',
  title: 'Title',
  titleMissing: 'Enter a title.',
  allDay: 'All day',
  startDate: 'Start date',
  startTime: 'Start time',
  endDate: 'End date',
  endTime: 'End time',
  pickStart: 'Choose the first day in a calendar',
  pickEnd: 'Choose the last day in a calendar',
  previousMonth: 'Previous month',
  nextMonth: 'Next month',
  timeZone: 'Time zone',
  location: 'Location',
  notes: 'Notes',
  visibility: 'Visibility',
  showAs: 'Show as',
  dateWrong: 'Enter a date such as 2026-11-24.',
  timeWrong: 'Enter a time such as 09:00.',
  zoneMatches: 'Places that match',
  zoneUnknown: 'No such place. Try the next big city.',
  endsBeforeStart: 'The end must not be before the start.',
  changedMeanwhile:
    'This event was changed meanwhile, here or in a calendar. What you typed is kept.',
  showNewer: 'Show what changed',
  meanwhile: (units: string) => `Changed meanwhile: ${units}. What you typed is kept.`,
  unchangedMeanwhile: 'What you typed is kept.',
  alsoTyped: (units: string) => `You changed that, too (${units}): saving puts yours in its place.`,
  discardTyped: 'Discard mine',
  goneMeanwhile:
    'This event was deleted or cancelled meanwhile. What you typed stays here and cannot be saved.',
};

/** Single keys that do something. */
export const shortcuts = {
  title: 'Keyboard shortcuts',
  open: 'Keyboard shortcuts',
  help: 'Show these shortcuts',
  switch: 'Single keys do something',
  switchHint: 'Turn them off if they get in the way of speech input or a screen reader.',
  newEvent: 'New event',
  next: 'Next event',
  previous: 'Previous event',
  edit: 'Edit the event that has the focus',
  history: 'Its history',
  delete: 'Delete it, after a question',
  search: 'Search leads',
  addLead: 'Add a lead',
  save: 'In a form: save',
  saveKeys: 'Ctrl + Enter',
};

/** Which calendars a new event goes to. */
export const calendarsField = {
  label: 'Goes to',
  where: (provider: string, calendar: string, isWaiting: boolean) =>
    `${provider}${calendar && `, ${calendar}`}${isWaiting ? '; waits until it is reconnected' : ''}`,
  nowhere: 'Into no calendar: it stays in Kalends alone.',
};

/** How people say when, for the field that reads it. Lower case; words that mean the same share a line. */
export const spokenWhen = {
  label: 'When, in words',
  placeholder: 'tomorrow 3pm, every Tuesday 10:00',
  read: (when: string) => `Understood: ${when}`,
  readSeries: (when: string, sentence: string) => `Understood: ${when}. ${sentence}.`,
  notRead: 'Not understood yet. Try “tomorrow 3pm”, “24 Nov 9:00 for 2h” or “every Tuesday 10:00”.',
  /** How many days from today. */
  days: [['today'], ['tomorrow', 'tmrw'], ['the day after tomorrow', 'day after tomorrow']],
  /** From Monday on. */
  weekdays: [
    ['monday', 'mon'],
    ['tuesday', 'tues', 'tue'],
    ['wednesday', 'wed'],
    ['thursday', 'thurs', 'thur', 'thu'],
    ['friday', 'fri'],
    ['saturday', 'sat'],
    ['sunday', 'sun'],
  ],
  months: [
    ['january', 'jan'],
    ['february', 'feb'],
    ['march', 'mar'],
    ['april', 'apr'],
    ['may'],
    ['june', 'jun'],
    ['july', 'jul'],
    ['august', 'aug'],
    ['september', 'sept', 'sep'],
    ['october', 'oct'],
    ['november', 'nov'],
    ['december', 'dec'],
  ],
  noon: ['at noon', 'noon'],
  midnight: ['at midnight', 'midnight'],
  half: ['half an', 'half a'],
  one: ['an', 'a', 'one'],
  /** From two on. */
  numbers: [
    'two',
    'three',
    'four',
    'five',
    'six',
    'seven',
    'eight',
    'nine',
    'ten',
    'eleven',
    'twelve',
  ],
  minutes: ['minutes', 'minute', 'mins', 'min', 'm'],
  hours: ['hours', 'hour', 'hrs', 'hr', 'h'],
  dayUnits: ['days', 'day', 'd'],
  weeks: ['weeks', 'week', 'w'],
  monthUnits: ['months', 'month'],
  yearUnits: ['years', 'year'],
  /** How it repeats. */
  every: ['every', 'each'],
  other: ['other', 'second', '2nd'],
  /** By days, weeks, months, years. */
  adverbs: ['daily', 'weekly', 'monthly', 'yearly'],
  workday: ['weekday', 'workday', 'working day', 'business day'],
  workdays: ['weekdays', 'workdays', 'working days', 'business days'],
  /** From Monday on. */
  eachWeekday: [
    'mondays',
    'tuesdays',
    'wednesdays',
    'thursdays',
    'fridays',
    'saturdays',
    'sundays',
  ],
  /** Which one in a month; the last line is the last. */
  places: [['first', '1st'], ['second', '2nd'], ['third', '3rd'], ['fourth', '4th'], ['last']],
  ofMonth: ['of the month'],
  ofEachMonth: ['of every month', 'of each month'],
  the: ['the'],
  and: ['and', '&'],
  starting: ['starting on', 'starting', 'beginning on', 'beginning', 'from'],
  until: ['until', 'till'],
  /** Until the end of it. */
  through: ['through'],
  endOf: ['the end of', 'end of'],
  times: ['times'],
  /** After the number of a day: 1st, 2. */
  ordinals: ['st', 'nd', 'rd', 'th', '.'],
  of: ['of'],
  allDay: ['all day', 'all-day', 'whole day'],
  on: ['on'],
  at: ['at', '@'],
  from: ['from', 'between'],
  to: ['to', 'till', 'until', 'and'],
  for: ['for'],
  in: ['in'],
  next: ['next'],
  this: ['this'],
};

/** How rules are put into a sentence: English, its dates, times and lists as the viewer's language has them. */
export const recurrenceTexts: RecurrenceTexts = {
  ...englishTexts,
  date: formatWholeDate,
  dayOfMonth: (month, day) => formatDayOfMonth(month, day) ?? englishTexts.dayOfMonth(month, day),
  time: formatTime,
  list: formatNames,
};

/** How an event repeats, in its form. */
export const repeat = {
  label: 'Repeats',
  none: 'Does not repeat',
  custom: 'Custom…',
  kept: 'By its own rule',
  keptNote: 'This form cannot show that rule in parts. It stays unless you choose something else.',
  every: 'Every',
  unit: 'Unit',
  units: (count: number) => ({
    day: plural(count, 'day', 'days'),
    week: plural(count, 'week', 'weeks'),
    month: plural(count, 'month', 'months'),
    year: plural(count, 'year', 'years'),
  }),
  weekdays: 'On these days',
  weekdaysShort: ['Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa', 'Su'],
  place: 'On',
  monthDay: (ordinal: string) => `the ${ordinal}`,
  ends: 'Ends',
  endWords: { never: 'Never', on: 'On a date', after: 'After a number of times' },
  lastDate: 'Last date',
  pickLast: 'Choose the last date in a calendar',
  times: 'Times',
  next: 'Next dates',
  over: 'There are no more dates to come.',
  startBesides: 'The start is not one of these days. It comes first, besides them.',
  beginOn: (date: string) => `Begin on ${date} instead`,
  everyWrong: 'Enter a number from 1 to 999.',
  weekdaysMissing: 'Choose at least one day.',
  untilBeforeStart: 'The last date must not be before the start.',
};

/** A repeating event, and those of its occurrences that are otherwise. */
export const series = {
  next: (date: string) => `Next: ${date}`,
  last: (date: string) => `Last: ${date}`,
  partOf: (title: string) => (title ? `One of “${title}”` : 'One of a series'),
  insteadOf: (what: string, date: string) =>
    what ? `${what}, instead of ${date}` : `Instead of ${date}`,
  changed: (what: string) => (what ? `${what}, changed on its own` : 'Changed on its own'),
  show: 'Coming dates',
  showOf: (title: string) => `Coming dates of ${title}`,
  edit: 'Edit series',
  delete: 'Delete series',
  editOne: (date: string) => `Edit ${date}`,
  deleteOne: (date: string) => `Delete ${date}`,
  deleteShort: 'Delete',
  none: 'Nothing of it comes in the next months.',
  editShort: 'Edit',
  more: (count: number) => `Show ${formatCount(count)} more`,
  editTitle: 'Edit series',
  editOneTitle: 'Edit one of a series',
  wholeNote: 'This changes all of its dates. “Coming dates” on the timeline changes single ones.',
  deleteTitle: 'Delete this series?',
  deleteText: (title: string) =>
    `“${title}” is removed with all of its dates, here and from every connected calendar.`,
};

/** Which occurrences an edit or a deletion is meant for. */
export const scopes = {
  editTitle: 'Change which ones?',
  deleteTitle: 'Delete which ones?',
  legend: (title: string, date: string) => `“${title}” on ${date} is part of a series.`,
  words: { this: 'This one', following: 'This and all that follow', all: 'All of the series' },
  moved: (by: string) => `Each of them moves ${by}.`,
  movedAll: (by: string) => `The series moves ${by}: its start, and every date after it.`,
  movedStart: (by: string) =>
    `The series starts ${by}, on one date more: its rule names the days of the others, and they stay.`,
  later: (amount: string) => `${amount} later`,
  earlier: (amount: string) => `${amount} earlier`,
  days: (count: number) => `${formatCount(count)} ${plural(count, 'day', 'days')}`,
  hours: (count: number) => `${formatCount(count)} ${plural(count, 'hour', 'hours')}`,
  minutes: (count: number) => `${formatCount(count)} ${plural(count, 'minute', 'minutes')}`,
  list: formatNames,
  countedFromFirst: 'The number of times counts from the first date of the series.',
  ruleForMore: 'How it repeats can only be changed for more than one.',
  continue: 'Save',
  deleted: {
    this: 'This one is cancelled; the series goes on',
    following: 'The series ends before it',
  },
  putBack: 'It is back in its place, as an event of its own',
};

export const visibilityWords: Record<Visibility, string> = {
  default: 'Calendar default',
  public: 'Public',
  private: 'Private',
  confidential: 'Confidential',
};

export const showAsWords: Record<ShowAs, string> = {
  busy: 'Busy',
  free: 'Free',
  tentative: 'Tentative',
  'out-of-office': 'Out of office',
  'working-elsewhere': 'Working elsewhere',
};

export const copyWords: Record<Copy['state'], string> = {
  pending: 'Waiting',
  syncing: 'Sending',
  synced: 'In calendar',
  conflict: 'Conflict',
  detached: 'Missing in calendar',
  paused: 'Paused',
  needs_reconnect: 'Needs reconnect',
  rate_limited: 'Slowed down',
  retrying: 'Retrying',
  refused: 'Refused',
  closed: 'No longer synced',
};

/** Said where the server gives no reason of its own. */
export const copyReasons: Partial<Record<Copy['state'], string>> = {
  conflict: 'It was changed here and in the calendar.',
  detached: 'It was deleted in the calendar after it was edited here.',
  paused: 'Sync is paused for this calendar.',
  needs_reconnect: 'Reconnect the calendar in System Settings; the change is kept until then.',
  rate_limited: 'The calendar asks us to wait.',
  retrying: 'The calendar could not be reached.',
  refused: 'The calendar did not accept it.',
};

export const copies = {
  label: 'Calendars',
  reconnect: 'Reconnect',
  nextAttempt: (when: string) => `Next try ${when}`,
  /** Of a series that its calendar cannot hold as one. */
  heldAs: {
    'several-series': (provider: Provider) =>
      `${providerNames[provider]} cannot repeat it this way: it is several series there.`,
    'single-events': (provider: Provider) =>
      `${providerNames[provider]} cannot repeat it this way: each date of the coming year is an event of its own there.`,
  },
  /** Where changes do not go both ways. */
  differsIn: (units: string) => `Different there, since changes go one way only: ${units}.`,
  onlyHere,
  /** Why it is in no calendar, where that is known. */
  whyOnlyHere: {
    'none-connected': 'No calendar is connected.',
    disconnected: 'Its calendar is disconnected.',
    'over-before': 'It was over before you started your calendar.',
  },
};

/** An event in another calendar of its owner's. */
export const mirrors = {
  open: 'Show in another calendar',
  calendar: 'Calendar',
  shows: 'What it shows',
  all: 'The whole event, without its guests',
  busy: 'Only that you are busy',
  add: 'Show it there',
  isBusy: 'Shows only that you are busy',
};

/** What needs the reader, over every page. */
export const attention = {
  reconnect: (accounts: string[]) =>
    `${formatNames(accounts)} ${plural(accounts.length, 'needs', 'need')} to be reconnected. Changes wait and are kept.`,
  /** `Google (anna@…)`. */
  account: (provider: Provider, email: string) => `${providerNames[provider]} (${email})`,
  start: (accounts: string[]) =>
    `${formatNames(accounts)} ${plural(accounts.length, 'waits', 'wait')} for your start.`,
  toCounts: 'Look at the counts',
  toSettings: 'Open settings',
  decide: (count: number) =>
    `${formatCount(count)} ${plural(count, 'decision waits', 'decisions wait')} for you.`,
  toDecisions: 'Decide',
};

/** What waits for a person's word. */
export const decisions = {
  title: 'Decisions',
  intro: 'Where Kalends and a calendar disagree, you decide. Until then nothing is lost.',
  count: (count: number) => (count > 99 ? '99+' : String(count)),
  waiting: (count: number) => `${formatCount(count)} waiting`,
  emptyTitle: 'Nothing waits for you',
  emptyText:
    'When Kalends and a calendar disagree about an event, it is shown here with both versions.',
  here: 'In Kalends',
  inForce: 'In force now',
  select: (title: string, account: string) => `Select “${title}”, ${account}`,
  selectAll: 'Select all',
  only: 'Only:',
  kindCount: (kind: string, count: number) => `${kind} (${formatCount(count)})`,
  selectKind: (kind: string, count: number) => `Select only “${kind}” (${formatCount(count)})`,
  selected: (count: number) => `${formatCount(count)} selected`,
  noCommonChoice: 'These need different answers. Select decisions of one kind.',
  more: 'Show more',
  left: (count: number) =>
    count === 0 ? '' : `${formatCount(count)} ${plural(count, 'decision', 'decisions')} to make`,
  settled: (count: number) =>
    `${formatCount(count)} ${plural(count, 'decision', 'decisions')} settled`,
  notSettled: (count: number) =>
    `${formatCount(count)} could not be settled so: settled meanwhile, or the meeting is somebody else’s to change.`,
  deleteTitle: (count: number) =>
    `Delete ${formatCount(count)} ${plural(count, 'event', 'events')}?`,
  deleteText: (count: number) =>
    plural(
      count,
      'It goes here and from every connected calendar, and can be restored for 30 days.',
      'They go here and from every connected calendar. Each can be restored for 30 days.',
    ),
  lead: 'Open the lead',
  withLead: (name: string) => `With ${name}`,
  history: 'History',
  noTitle: 'Untitled event',
  gone: 'Deleted',
  notThere: 'Not there',
  wasDeleted: 'You deleted it',
  kinds: {
    conflict: 'Changed on both sides',
    returned: 'Came back',
    detached: 'Missing in calendar',
    refused: 'Not accepted',
    brake: 'Many deletions',
  },
  sentences: {
    conflict: (title: string, account: string) =>
      `“${title}” was changed here and in ${account}, each time differently.`,
    returned: (title: string, account: string) =>
      `“${title}” was deleted here and is still in ${account}, so it came back.`,
    detached: (title: string, account: string) =>
      `“${title}” is gone from ${account} and is still here.`,
    refused: (title: string, account: string) => `${account} did not accept “${title}”.`,
  },
  choices: {
    keepVersion: 'Keep this version',
    takeVersion: 'Take this version',
    keepEvent: 'Keep it',
    deleteBoth: 'Delete in both',
    putBack: 'Put it back there',
    deleteHere: 'Delete here too',
    retry: 'Try again',
  },
  /** The same choices, said of several. */
  many: {
    keep: 'Keep as they are',
    'take-other': 'Take the other versions',
    'put-back': 'Put back in the calendar',
    delete: 'Delete everywhere',
    retry: 'Try again',
  } satisfies Record<Copy['choices'][number], string>,
};

/** Many deletions at once, held until a person has spoken. */
export const held = {
  sentence: (count: number, calendar: string) =>
    `${formatCount(count)} ${plural(count, 'deletion waits', 'deletions wait')} in ${calendar}: more at once than is usual.`,
  there: 'In the calendar',
  goneThere: (count: number) => `${formatCount(count)} deleted`,
  stillThere: (count: number) => `${formatCount(count)} still there`,
  goneHere: (count: number) => `${formatCount(count)} deleted`,
  stillHere: (count: number) => `${formatCount(count)} still here`,
  ofAll: (total: number) =>
    `Of ${formatCount(total)} ${plural(total, 'event', 'events')} in this calendar.`,
  titles: (titles: string[], more: number) =>
    more > 0
      ? `Among them ${formatNames(titles.map((title) => `“${title}”`))}, and ${formatCount(more)} more.`
      : `They are ${formatNames(titles.map((title) => `“${title}”`))}.`,
  keep: { there: 'Keep them here', here: 'Leave them in the calendar', both: 'Keep everything' },
  delete: {
    there: 'Delete them here too',
    here: 'Delete them there too',
    both: 'Delete on both sides',
  },
  heard: 'Your answer is noted; the next look acts on it.',
};

export const connectionWords: Record<Connection['state'], string> = {
  active: 'Connected',
  needs_reconnect: 'Needs reconnect',
  misconfigured: 'Set-up problem',
  disconnected: 'Disconnected',
};

/** Of one that works and that its owner has not started. */
export const unstartedWords = { own: 'Waits for your start', others: 'Not started yet' };

export const connectionReasons: Record<Connection['state'], string> = {
  active: '',
  needs_reconnect: 'Permission has ended. Reconnect to go on; what waits is kept.',
  misconfigured: 'An administrator needs to check how Kalends is set up with this provider.',
  disconnected: '',
};

export const settings = {
  title: 'System Settings',
  intro: 'Connect the calendars that your events should appear in.',
  calendars: 'Your calendars',
  connect: (provider: Provider) => `Connect ${providerNames[provider]} Calendar`,
  reconnect: 'Reconnect',
  disconnect: 'Disconnect',
  since: (when: string) => `since ${when}`,
  syncOff: 'Sync is switched off',
  lastSynced: 'Last synced',
  neverSynced: 'Not yet',
  notStarted: 'Not started yet',
  waiting: 'Waiting',
  waitingCount: (count: number) => `${formatCount(count)} ${plural(count, 'change', 'changes')}`,
  nothingWaits: 'Nothing',
  emptyTitle: 'No calendar connected',
  emptyText: 'Connect one and your events appear there a moment after you save them.',
  noProviders: 'No provider is configured. An administrator can set one up; the README says how.',
  everybody: 'Everybody’s connections',
  everybodyIntro: 'State only: what is in these calendars stays with their owners.',
  nobody: 'Nobody has connected a calendar yet.',
  columns: {
    person: 'Person',
    calendar: 'Calendar',
    state: 'State',
    lastSynced: 'Last synced',
    waiting: 'Waiting',
  },
  quiet: (count: number) =>
    `${formatCount(count)} ${plural(count, 'calendar was', 'calendars were')} not looked at for more than a day.`,
  brakes: (count: number) =>
    `Many deletions wait for a decision in ${formatCount(count)} ${plural(count, 'calendar', 'calendars')}.`,
};

export const directionWords: Record<CalendarDirection, string> = {
  none: 'Not synced',
  both: 'Both ways',
  in: 'Only from the calendar into Kalends',
  out: 'Only from Kalends into the calendar',
};

/** The calendars of one connection. */
export const calendars = {
  title: 'Calendars',
  direction: (name: string) => `Which way events go: ${name}`,
  target: 'New events go to',
  noTarget: 'No calendar of this account',
  readOnly: 'Read only',
  syncNow: 'Sync now',
  lastLook: 'Last look',
  lastChange: 'Last change there',
  nextLook: 'Next look',
  never: 'Not yet',
  soon: 'Any moment',
  rings: 'Changes there are told to us at once.',
  unreadable: (count: number) =>
    `${formatCount(count)} ${plural(count, 'entry', 'entries')} could not be read and ${plural(count, 'was', 'were')} set aside`,
  brakeTitle: 'Delete so much?',
  brake: (count: number, total: number) =>
    `${formatCount(count)} of the ${formatCount(total)} events in this calendar would be deleted. Nothing is until you say so.`,
  brakeDecide: 'Decide',
  brakeHeard: 'Your answer is noted; the next look acts on it.',
  copiesLabel: 'Copies by state',
};

/** Before the first sync of a connection. */
export const firstSync = {
  title: 'Before you start',
  intro:
    'This is what a start would do. Nobody is notified of any of it. Until then only events that you plan from now on go out.',
  count: 'Count again',
  columns: {
    calendar: 'Calendar',
    in: 'Into Kalends',
    out: 'Into the calendar',
    ours: 'There already',
  },
  atLeast: (count: number, isWhole: boolean) => `${formatCount(count)}${isWhole ? '' : ' or more'}`,
  back: (days: number) => `Looks back ${formatCount(days)} ${plural(days, 'day', 'days')}.`,
  series: (count: number) =>
    plural(
      count,
      'One of the events that come in repeats. It counts once, however many dates it has.',
      `${formatCount(count)} of the events that come in repeat. Each counts once, however many dates it has.`,
    ),
  leftOut: (count: number) =>
    `${formatCount(count)} ${plural(count, 'entry is', 'entries are')} left out by your company’s rules.`,
  unreadable: (count: number) =>
    `${formatCount(count)} ${plural(count, 'entry', 'entries')} could not be read.`,
  nothing: 'No calendar is switched on yet. Choose a direction for one below.',
  start: 'Start',
  started: (account: string) => `${account} is started: events come in and go out now.`,
};

/** What happens next with a connection. */
export const nextStep = {
  label: 'Next',
  reconnect: 'Reconnect it',
  setUp: 'An administrator corrects the set-up',
  start: 'Look at the counts below, then start',
  off: 'Nothing until sync is switched on',
  none: 'Nothing: no calendar is switched on',
  looking: 'Looking now',
  look: (when: string) => `Looks again ${when}`,
  soon: 'Looks again any moment',
  rings: 'Waits for changes',
};

/** "Sync now", as it goes on and ends. */
export const syncNow = {
  one: (name: string) => `Looking at ${name}…`,
  several: (count: number) => `Looking at ${formatCount(count)} calendars…`,
  done: (at: string, changesIn: number, changesOut: number) =>
    changesIn + changesOut === 0
      ? `Done at ${at}. Nothing had changed.`
      : `Done at ${at}. ${formatCount(changesIn)} in, ${formatCount(changesOut)} out.`,
  failed: (at: string, why: string) => `Not finished at ${at}: ${why}`,
};

/** The same for one event, below the calendars that it is in. */
export const syncEvent = {
  nowhere: 'None of its calendars can be looked at now.',
  done: {
    inStep: (at: string) => `Done at ${at}. It is in step with every calendar.`,
    open: (at: string) => `Done at ${at}. How it stands in each calendar is said above.`,
  },
};

/** The company's record, for admins. */
export const audit = {
  title: 'Audit trail',
  intro: 'Who connected, disconnected, decided and changed the rules. Kept for good.',
  none: 'Nothing has happened yet.',
  more: 'Show more',
  columns: { when: 'When', who: 'Who', what: 'What' },
  account: (what: string, account: string, provider: Provider | null) =>
    `${what}: ${account}${provider ? ` (${providerNames[provider]})` : ''}`,
  /** Whose name is not told: it is its owner's. */
  mainCalendar: 'Its main calendar',
  otherCalendar: 'Another of its calendars',
  actions: {
    connected: 'Connected a calendar',
    reconnected: 'Reconnected a calendar',
    disconnected: 'Disconnected a calendar',
    started: 'Started the sync',
    'direction-changed': 'Changed which way events go',
    'write-target-changed': 'Changed where new events go',
    'brake-settled': 'Answered for many deletions',
    'policies-changed': 'Changed the company’s rules',
    'change-undone': 'Took a change of an event back',
  } satisfies Record<AuditEntry['action'], string>,
  choices: {
    'copies-kept': 'The copies stayed in it.',
    'copies-removed': 'The copies were removed from it.',
    'copies-left': 'Some copies could not be removed from it.',
    chosen: 'To another of its calendars.',
    'chosen-main': 'To its main calendar.',
    none: 'To no calendar of this account.',
  } as Record<string, string>,
  chosen: (calendar: string) => `To “${calendar}”.`,
  /** What became of something in a calendar. */
  inCalendar: (calendar: string, sentence: string) => `${calendar}: ${sentence}`,
  deletions: (choice: string, count: number) =>
    choice === 'delete'
      ? `${formatCount(count)} deletions were allowed.`
      : `${formatCount(count)} deletions were refused.`,
  /** The line before it says what it is, where there is no more to be said of that. */
  became: (what: string | null, from: string, to: string) =>
    `${what ? `${what}: ` : ''}${from} became ${to}.`,
};

/** A new user's way to the first event in a calendar. */
export const firstSteps = {
  title: 'Get started',
  intro: 'Three steps until what you plan here is in your calendar.',
  hide: 'Hide these steps',
  done: 'Done',
  connect: {
    title: 'Connect your calendar',
    text: 'Google or Outlook. What is there already stays as it is until you start.',
    action: 'Connect',
  },
  start: {
    title: 'Look at the counts and start',
    text: 'You see what would come in and go out before it does.',
    action: 'See the counts',
  },
  plan: {
    title: 'Plan a first event',
    text: 'Open a lead and choose New Event. It is in your calendar a moment later.',
    textNoLead: 'Add a lead first, then plan an event with it.',
    action: 'Open a lead',
  },
};

export const runs = {
  title: 'Recent runs',
  none: 'No run did anything yet.',
  columns: {
    when: 'When',
    calendar: 'Calendar',
    in: 'In',
    out: 'Out',
    conflicts: 'Conflicts',
    errors: 'Errors',
    calls: 'Calls',
    took: 'Took',
  },
  seconds: (ms: number) => (ms < 1_000 ? 'under 1 s' : `${formatCount(Math.round(ms / 1_000))} s`),
  endedEarly: (why: string) => `Ended early: ${why}`,
};

export const policies = {
  title: 'Rules for calendars',
  intro:
    'For the whole company. After a change of days or events, every calendar is read again. An Outlook calendar is read for at most five years.',
  back: 'Days back',
  ahead: 'Days ahead',
  disconnect: 'Copies after a disconnect',
  disconnectWords: {
    keep: 'Stay in the calendar',
    delete: 'Are deleted from it',
  } satisfies Record<PoliciesView['disconnect_copies'], string>,
  ingest: 'Which events',
  ingestWords: {
    all: 'All meetings',
    'with-lead': 'Only meetings with a known lead',
  } satisfies Record<PoliciesView['ingest'], string>,
  saved: 'Saved.',
};

export const system = {
  zoneData: (edition: string) => `Time zone rules: edition ${edition}, from Node.js.`,
};

export const disconnectDialog = {
  title: (provider: Provider) => `Disconnect ${providerNames[provider]} Calendar?`,
  text: (email: string) =>
    `Nothing goes to ${email} or comes from it any more. Your events stay in Kalends, and you can connect again at any time.`,
  deleteCopies: 'Also delete the events Kalends put there',
  deleteCopiesHint: 'Unless this is ticked, they stay in the calendar as they are.',
  deleteCopiesRule: 'Your company’s rule is to delete them. Untick this to leave them as they are.',
  done: (email: string) => `${email} is disconnected.`,
  notRevoked: {
    google:
      'Google could not be told. To withdraw the permission, remove Kalends at myaccount.google.com/connections.',
    outlook:
      'Microsoft lets only you withdraw the permission itself: remove Kalends at myapps.microsoft.com (work) or account.live.com/consent/Manage (personal).',
  } satisfies Record<Provider, string>,
};

type CallbackWords = (provider: string, missing: string) => string;

/** How a walk to the provider and back ended: what happened and what to do. */
export const callbackSentences: Record<CallbackResult, CallbackWords> = {
  connected: (p) =>
    `${p} Calendar is connected. What you plan from now on goes there at once; everything else waits for your start.`,
  reconnected: (p) => `${p} Calendar is connected again, and what waited goes on.`,
  denied: (p) =>
    `${p} Calendar was not connected, because the permission was declined. Connect again and allow access when you are ready.`,
  expired: (p) => `That took too long, so the request to ${p} has expired. Please connect again.`,
  replayed: (p) =>
    `That answer from ${p} had been used before, so nothing was changed. Please connect again if your calendar is not listed below.`,
  'wrong-session': (p) =>
    `The connection to ${p} was begun in another browser or by somebody else, so nothing was connected. Please connect again from here.`,
  'signed-out': (p) =>
    `You were signed out before ${p} answered, so nothing was connected. Please connect again.`,
  'wrong-code': (p) => `${p} did not accept the answer it had given. Please connect again.`,
  'missing-permission': (p, missing) =>
    `${p} Calendar was not connected, because a permission it needs was not ticked${missing ? `: ${missing}` : ''}. Connect again and leave every box ticked.`,
  'different-account': (p) =>
    `You signed in to a different ${p} account than the one being reconnected. Choose the same account, or connect the other one as a new calendar.`,
  'admin-approval-needed': (p) =>
    `Your organisation wants an administrator to approve Kalends at ${p} first. Ask them to, then connect again.`,
  misconfigured: (p) =>
    `${p} does not recognise this installation of Kalends. An administrator needs to check the client id, secret and redirect address.`,
  'provider-down': (p) => `${p} could not be reached. Please try again in a few minutes.`,
  failed: (p) => `${p} Calendar could not be connected. Please try again.`,
};

/** The permissions that can be missing, as the server words them. Nothing else is repeated. */
export const permissions = [
  'See the list of your calendars',
  'See and edit events on your calendars',
  'See and edit your calendars',
];

/** Longer than people's titles are. */
const BRIEF_MAX = 120;

/** As much of a title as there is room for in a note that goes by itself. */
function inBrief(title: string): string {
  const letters = [...title];
  return letters.length > BRIEF_MAX ? `${letters.slice(0, BRIEF_MAX).join('').trimEnd()}…` : title;
}

/** With a comma before the last, or without one, as the viewer's English has it. */
export function formatNames(names: readonly string[]): string {
  return lists.format(names);
}

const { locale } = new Intl.DateTimeFormat().resolvedOptions();
const lists = new Intl.ListFormat(/^en\b/.test(locale) ? locale : 'en');

/** Costly to make, so made once. */
const plurals = new Intl.PluralRules('en');
const counts = new Intl.NumberFormat('en');

function plural(count: number, one: string, other: string): string {
  return plurals.select(count) === 'one' ? one : other;
}

function formatCount(count: number): string {
  return counts.format(count);
}
