import '@mantine/dates/styles.layer.css';
import { DatePicker } from '@mantine/dates';
import { eventForm as texts } from '../texts.ts';
import { findFirstDay } from '../time/language.ts';

interface MonthPickerProps {
  value: string | undefined;
  onChange: (date: string) => void;
}

/** A month to click a day in. Kept in a file of its own: it is big, and not everybody opens it. */
export function MonthPicker({ value, onChange }: MonthPickerProps) {
  return (
    <DatePicker
      value={value ?? null}
      defaultDate={value}
      firstDayOfWeek={findFirstDay()}
      monthLabelFormat={(date) => format(date, { month: 'long', year: 'numeric' })}
      weekdayFormat={(date) => format(date, { weekday: 'short' })}
      getDayAriaLabel={(date) => format(date, { dateStyle: 'full' })}
      previousLabel={texts.previousMonth}
      nextLabel={texts.nextMonth}
      hideOutsideDates
      // Escape in here is for the picker, not for the form behind it.
      __stopPropagation
      // Weekends in red would be hard to read, and say nothing here.
      weekendDays={[]}
      onChange={(date) => date && onChange(date)}
    />
  );
}

function format(date: string, options: Intl.DateTimeFormatOptions): string {
  const day = new Date(`${date.slice(0, 10)}T12:00:00Z`);
  return new Intl.DateTimeFormat(undefined, { ...options, timeZone: 'UTC' }).format(day);
}
