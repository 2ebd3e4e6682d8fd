import { Switch, TextInput } from '@mantine/core';
import { type ReactNode, useRef, useState } from 'react';
import { DateField, TimeField } from '../components/date-field.tsx';
import { eventForm as texts, spokenWhen } from '../texts.ts';
import { formatDate, formatDateRange, formatTimeRange } from '../time/format.ts';
import { readWhen, type SpokenWhen } from '../time/read-when.ts';
import { useNow } from '../time/use-now.ts';
import { wallClockAt } from '../time/wall-clock.ts';
import { usableZone } from '../time/zones.ts';
import classes from './event-drawer.module.css';
import { applySpoken, type EventValues, lengthOf, moveStart } from './event-values.ts';
import { describePattern, patternAt, type Repeat } from './repeat.ts';

interface WhenFieldsProps {
  values: EventValues;
  errors: Partial<Record<string, ReactNode>>;
  /** Whether there is a field for how it repeats: else words for that are not understood. */
  canRepeat: boolean;
  onChange: (values: EventValues) => void;
}

/**
 * Start and end: in words, or each in its field. Moving the start takes the end along. The words may say
 * how it repeats, too; so does a field of its own.
 */
export function WhenFields({ values, errors, canRepeat, onChange }: WhenFieldsProps) {
  const now = useNow();
  const [words, setWords] = useState('');
  // Kept while the start is half typed: the end follows once it can be read again.
  const length = useRef(lengthOf(values));
  const change = (changed: EventValues) => {
    length.current = lengthOf(changed) ?? length.current;
    onChange(changed);
  };
  /** What is said in a field of its own is newer than the words. */
  const changeByField = (changed: EventValues) => {
    setWords('');
    change(changed);
  };
  const read = (text: string, takesRepeat = false) => {
    const meant = readWhen(text, wallClockAt(now, usableZone(values.timeZone)));
    return meant?.repeat && !takesRepeat ? undefined : meant;
  };
  const spoken = words.trim() === '' ? undefined : read(words, canRepeat);
  // While it is typed, "every Tuesday" may become "Tuesday": then the rule is as it was before the words.
  const saidRepeat = useRef<{ repeat: Repeat; before: Partial<EventValues> }>(undefined);
  const withoutSaid = () =>
    saidRepeat.current?.repeat === values.repeat
      ? { ...values, ...saidRepeat.current.before }
      : values;
  const speak = (text: string) => {
    setWords(text);
    const meant = read(text, canRepeat);
    if (!meant) return;
    const before = withoutSaid();
    const changed = applySpoken(before, meant);
    const { repeat, isRepeatChanged } = before;
    saidRepeat.current = meant.repeat && {
      repeat: changed.repeat,
      before: { repeat, isRepeatChanged },
    };
    change(changed);
  };
  const changeStart = (start: Parameters<typeof moveStart>[1]) => {
    // "tomorrow 3pm" is at home in the field of the date, too.
    const meant = start.startDate === undefined ? undefined : read(start.startDate);
    if (meant && !isDateAlone(meant)) return changeByField(applySpoken(values, meant));
    const moved = meant?.date === undefined ? start : { startDate: meant.date };
    changeByField(moveStart(values, moved, length.current));
  };
  const changeEnd = (end: Partial<EventValues>) => {
    const date = end.endDate === undefined ? undefined : read(end.endDate);
    changeByField({ ...values, ...end, ...(date && isDateAlone(date) && { endDate: date.date }) });
  };
  const field = (name: 'startDate' | 'startTime' | 'endDate' | 'endTime') => ({
    label: texts[name],
    value: values[name],
    error: errors[name],
    'data-path': name,
  });
  return (
    <>
      <div>
        <TextInput
          label={spokenWhen.label}
          placeholder={spokenWhen.placeholder}
          maxLength={80}
          autoComplete="off"
          value={words}
          onChange={(typed) => speak(typed.currentTarget.value)}
        />
        <output className={classes.reading}>
          {words.trim() !== '' && (spoken ? describeSpoken(values, spoken) : spokenWhen.notRead)}
        </output>
      </div>
      <Switch
        label={texts.allDay}
        checked={values.isAllDay}
        onChange={(toggled) =>
          changeByField({ ...values, isAllDay: toggled.currentTarget.checked })
        }
      />
      <div className={classes.moment} data-all-day={values.isAllDay}>
        <DateField
          {...field('startDate')}
          pickerLabel={texts.pickStart}
          onChange={(startDate) => changeStart({ startDate })}
        />
        {!values.isAllDay && (
          <TimeField {...field('startTime')} onChange={(startTime) => changeStart({ startTime })} />
        )}
      </div>
      <div className={classes.moment} data-all-day={values.isAllDay}>
        <DateField
          {...field('endDate')}
          pickerLabel={texts.pickEnd}
          onChange={(endDate) => changeEnd({ endDate })}
        />
        {!values.isAllDay && (
          <TimeField {...field('endTime')} onChange={(endTime) => changeEnd({ endTime })} />
        )}
      </div>
    </>
  );
}

function describeSpoken(values: EventValues, spoken: SpokenWhen): string {
  const when = describe(values);
  const { repeat, startDate } = values;
  if (!spoken.repeat || repeat.kind !== 'pattern') return spokenWhen.read(when);
  return spokenWhen.readSeries(when, describePattern(patternAt(repeat, startDate), startDate));
}

const isDateAlone = (spoken: object) => Object.keys(spoken).join() === 'date';

/** The wall clock is what is shown: it is read as if it were UTC's, and shown so. */
function describe({ isAllDay, startDate, startTime, endDate, endTime }: EventValues): string {
  if (isAllDay) {
    const dates =
      startDate === endDate ? formatDate(startDate) : formatDateRange(startDate, endDate, 'years');
    return `${dates}, ${texts.allDay.toLowerCase()}`;
  }
  const at = (date: string, time: string) => new Date(`${date}T${time}:00Z`);
  return formatTimeRange(at(startDate, startTime), at(endDate, endTime), 'UTC', 'dates');
}
