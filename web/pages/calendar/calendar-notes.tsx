import { Icon } from '../../components/icons.tsx';
import { calendarPage as texts } from '../../texts.ts';
import { dayOf, formatDate } from '../../time/format.ts';
import classes from './calendar-page.module.css';
import type { View } from './span.ts';

interface CalendarNotesProps {
  view: View;
  /** Whether a week is some days of one. */
  isShort: boolean;
  /** The last one that is shown. */
  lastDay: string;
  timeZone: string;
  /** Whether what is asked for is not there yet. */
  isLoading: boolean;
  isLoaded: boolean;
  isEmpty: boolean;
  /** Whether there are events here, in calendars that are not shown. */
  hasHidden: boolean;
  /** From when on not everything is there: an instant. */
  cutAt: string | null;
  /** Colleagues of whom not everything is shown. */
  busyCut: string[];
}

/** What the grid does not say by itself: that it waits, is empty, or is not all there is. */
export function CalendarNotes(props: CalendarNotesProps) {
  const { view, lastDay, timeZone, isLoading, isLoaded, cutAt } = props;
  const cutDay = cutAt === null ? undefined : dayOf(new Date(cutAt), timeZone);
  const isCut = isLoaded && cutDay !== undefined && cutDay <= lastDay;
  const warnings = [
    ...(isCut ? [texts.cut(formatDate(cutDay))] : []),
    ...props.busyCut.map(texts.busyCut),
  ];
  const none = props.isShort && view === 'week' ? texts.noneInDays : texts.noneTitle[view];
  const nothing = props.hasHidden ? texts.allHidden : props.isEmpty ? none : '';
  return (
    <>
      <output className={classes.note}>
        {isLoading ? texts.loading : isLoaded ? nothing : ''}
      </output>
      {warnings.map((text) => (
        <output key={text} className={classes.warning}>
          <Icon name="warning" size={18} />
          {text}
        </output>
      ))}
    </>
  );
}
