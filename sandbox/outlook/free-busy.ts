import { ok, type Answer, type Call } from './call.ts';
import { readMoment } from './event-input.ts';
import { renderMoment, type Wire } from './event-output.ts';
import { foldNames, isAbsent, readArray, readInteger, readObject, readString } from './json.ts';
import { GraphError } from './graph-error.ts';
import { workingHoursOf } from './people.ts';
import { listCandidates } from './read-events.ts';
import { contentOf } from './series.ts';
import type { Content, Mailbox } from './state.ts';
import { defaultCalendar } from './store.ts';

/** Source: live checks of getSchedule. */
const DAYS_MAX = 62;
const MAILBOXES_MAX = 20;
const INTERVAL_MINUTES = { default: 30, min: 5, max: 1_440 };

/** Digits of `availabilityView`. Source: calendar-getschedule. */
const digits: Record<string, string> = {
  free: '0',
  tentative: '1',
  busy: '2',
  oof: '3',
  workingElsewhere: '4',
};

interface Asked {
  from: number;
  to: number;
  intervalMs: number;
}

/** `POST …/getSchedule`: free and busy times of up to 20 mailboxes over up to 62 days. */
export function getSchedule(call: Call): Answer {
  const input = foldNames(readObject(call.body, 'body'));
  const schedules = readArray(input.schedules, 'schedules').map((each) =>
    readString(each, 'schedules'),
  );
  const from = readMoment(input.startTime, 'startTime', false).at;
  const to = readMoment(input.endTime, 'endTime', false).at;
  const minutes = isAbsent(input.availabilityViewInterval)
    ? INTERVAL_MINUTES.default
    : readInteger(input.availabilityViewInterval, 'availabilityViewInterval');
  if (to <= from) refuse('The end of the window is not after its start.');
  if (to - from > DAYS_MAX * 86_400_000) refuse(`The window exceeds ${DAYS_MAX} days.`);
  if (schedules.length > MAILBOXES_MAX) refuse(`More than ${MAILBOXES_MAX} mailboxes.`);
  if (minutes < INTERVAL_MINUTES.min || minutes > INTERVAL_MINUTES.max) refuse('Bad interval.');
  const type = 'Collection(microsoft.graph.scheduleInformation)';
  return ok({
    '@odata.context': `${call.origin}/${call.version}/$metadata#${type}`,
    value: schedules.map((who) =>
      scheduleOf(call, who, { from, to, intervalMs: minutes * 60_000 }),
    ),
  });
}

function refuse(message: string): never {
  throw new GraphError(400, 'ErrorInvalidParameter', message);
}

function scheduleOf(call: Call, scheduleId: string, asked: Asked): Wire {
  const account = call.world.findAccount('outlook', scheduleId);
  const mailbox = account && call.state.mailboxes.get(account.id);
  if (!mailbox) {
    const message = `Unable to resolve e-mail address ${scheduleId} to an Active Directory object.`;
    return { scheduleId, error: { message, responseCode: 'ErrorMailRecipientNotFound' } };
  }
  const busy = listCandidates(defaultCalendar(mailbox), asked.from, asked.to)
    .map(({ event, occurrence }) => (occurrence ? contentOf(event, occurrence) : event.content))
    .filter(({ showAs, isCancelled }) => showAs in digits && showAs !== 'free' && !isCancelled)
    .sort((a, b) => a.start.at - b.start.at);
  return {
    scheduleId,
    availabilityView: viewOf(busy, asked),
    scheduleItems: busy.map((content) => renderItem(call, mailbox, content)),
    workingHours: workingHoursOf(mailbox.timeZone),
  };
}

/** Others see when somebody is busy; what with is for the owner alone. */
function renderItem(call: Call, mailbox: Mailbox, content: Content): Wire {
  const isOwn = mailbox === call.mailbox;
  return {
    ...(isOwn && {
      isPrivate: content.sensitivity === 'private',
      subject: content.subject,
      location: content.location.displayName,
    }),
    status: content.showAs,
    start: renderMoment(content.start, content.isAllDay, call.prefer),
    end: renderMoment(content.end, content.isAllDay, call.prefer),
  };
}

function viewOf(busy: Content[], { from, to, intervalMs }: Asked): string {
  let view = '';
  for (let at = from; at < to; at += intervalMs) {
    const within = busy.filter(({ start, end }) => start.at < at + intervalMs && end.at > at);
    const digit = within
      .map(({ showAs }) => digits[showAs] ?? '0')
      .sort()
      .at(-1);
    view += digit ?? '0';
  }
  return view;
}
