import type { EventDisplayInfo } from '@fullcalendar/react';
import { Icon } from '../../components/icons.tsx';
import { calendarPage as texts } from '../../texts.ts';
import classes from './calendar-grid.module.css';
import { formatDate, isolate } from '../../time/format.ts';
import { describeSpan } from './describe-span.ts';
import type { Drawn } from './event-inputs.ts';

type OwnDrawn = Extract<Drawn, { kind: 'own' }>;

/** What stands in an event, and what more a screen reader says of it. */
export function EventLabel(info: EventDisplayInfo) {
  const { drawn } = info.event.extendedProps as { drawn?: Drawn };
  const own = drawn?.kind === 'own' ? drawn : undefined;
  const isAgenda = info.view.type === 'agenda';
  const known = [own?.event.lead?.name, own?.event.location].filter(Boolean);
  const places = isAgenda && known.length > 0 ? [known.join(', ')] : known;
  const said = own ? describe(own) : drawn?.kind === 'more' && texts.moreOn(formatDate(drawn.date));
  const repeats = own?.event.series_id && !info.isNarrow && (
    <span className={classes.repeats}>
      <Icon name="arrows" size={12} />
    </span>
  );
  // While an event is being dragged its time follows the hand.
  const time = drawn?.kind !== 'more' && info.timeText && (
    <span className={classes.time} aria-hidden={own ? true : undefined}>
      {isolate(info.timeText)}
    </span>
  );
  return (
    <>
      {(isAgenda || !info.isNarrow) && time}
      <span className={classes.title} dir="auto">
        {own?.event.has_problem && (
          <span className={classes.mark}>
            <Icon name="warning" size={13} />
          </span>
        )}
        {info.event.title || texts.untitled}
        {!info.isShort && repeats}
      </span>
      {info.isShort && repeats}
      {!info.isShort &&
        places.map((place, index) => (
          <span key={index} className={classes.place} dir="auto" aria-hidden="true">
            {place}
          </span>
        ))}
      {said && <span className={classes.said}>{said}</span>}
    </>
  );
}

function describe({ event, calendar, timeZone }: OwnDrawn): string {
  return texts.describe([
    describeSpan(event, timeZone),
    event.lead && texts.withLead(event.lead.name),
    event.location,
    calendar,
    event.series_id && texts.ofSeries,
    event.is_declined && texts.declined,
    event.has_problem && texts.hasProblem,
  ]);
}
