import { Icon } from '../../components/icons.tsx';
import { calendarPage as texts } from '../../texts.ts';
import { dayOf, formatDate } from '../../time/format.ts';
import classes from './calendar-page.module.css';

interface CalendarNotesProps {
  /** The last one that is shown. */
  lastDay: string;
  timeZone: string;
  /** Whether what is asked for is not there yet. */
  isLoading: boolean;
  /** From when on not everything is there: an instant. */
  cutAt: string | null;
  /** Colleagues of whom not everything is shown. */
  busyCut: string[];
}

/** What the grid does not say by itself: that it is not all there is. */
export function CalendarNotes(props: CalendarNotesProps) {
  const { lastDay, timeZone, isLoading, cutAt } = props;
  const cutDay = cutAt === null ? undefined : dayOf(new Date(cutAt), timeZone);
  const isCut = !isLoading && cutDay !== undefined && cutDay <= lastDay;
  const warnings = [
    ...(isCut ? [texts.cut(formatDate(cutDay))] : []),
    ...props.busyCut.map(texts.busyCut),
  ];
  return warnings.map((text) => (
    <output key={text} className={classes.warning}>
      <Icon name="warning" size={18} />
      {text}
    </output>
  ));
}
