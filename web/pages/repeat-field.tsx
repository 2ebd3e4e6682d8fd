import { Button, NativeSelect, NumberInput, UnstyledButton, VisuallyHidden } from '@mantine/core';
import type { ReactNode } from 'react';
import {
  type RecurrenceEnd,
  type RecurrencePattern,
  type WeekdayCode,
} from '../../src/calendar/recurrence-pattern.ts';
import { weekdayCodes } from '../../src/calendar/rule.ts';
import { DateField } from '../components/date-field.tsx';
import { recurrenceTexts, repeat as texts } from '../texts.ts';
import { dayOf, formatDate } from '../time/format.ts';
import { useNow } from '../time/use-now.ts';
import { addDays, parseDate } from '../time/wall-clock.ts';
import { usableZone } from '../time/zones.ts';
import drawer from './event-drawer.module.css';
import type { EventValues } from './event-values.ts';
import {
  describePattern,
  findFirstDate,
  findPreset,
  listDates,
  listPlaces,
  listPresets,
  patternAt,
  type PresetName,
  type Repeat,
  withUnit,
} from './repeat.ts';
import classes from './repeat-field.module.css';

interface RepeatFieldProps {
  values: EventValues;
  errors: Partial<Record<string, ReactNode>>;
  onChange: (repeat: Repeat) => void;
  onMoveStart: (date: string, repeat: Repeat) => void;
}

const NEXT_SHOWN = 5;

/** How an event repeats: by a name, or in parts; then what that means, as a sentence and in dates. */
export function RepeatField({ values, errors, onChange, onMoveStart }: RepeatFieldProps) {
  const { repeat, startDate } = values;
  const now = useNow();
  const date = parseDate(startDate) === startDate ? startDate : dayOf(now, 'UTC');
  const pattern =
    repeat.kind === 'pattern' ? patternAt(repeat, date, !values.isRepeatChanged) : undefined;
  const isCustom = repeat.kind === 'pattern' && repeat.isCustom;
  const change = (next: RecurrencePattern, custom = isCustom) =>
    onChange({ kind: 'pattern', pattern: next, anchor: date, isCustom: custom });
  const choose = (name: string) => {
    if (name === 'none' || name === 'kept') return onChange({ kind: name });
    if (name === 'custom') return change(pattern ?? listPresets(date).weekly, true);
    change({ ...listPresets(date)[name as PresetName], ends: pattern?.ends ?? { kind: 'never' } });
  };
  const chosen = pattern
    ? (!isCustom && findPreset(pattern, date)) || 'custom'
    : repeat.kind === 'kept'
      ? 'kept'
      : 'none';
  return (
    <div className={classes.repeat}>
      <NativeSelect
        label={texts.label}
        data-path="repeat"
        error={errors['repeat']}
        value={chosen}
        onChange={(event) => choose(event.currentTarget.value)}
        data={[
          { value: 'none', label: texts.none },
          ...Object.entries(listPresets(date)).map(([value, preset]) => ({
            value,
            label: describePattern(preset, date),
          })),
          { value: 'custom', label: texts.custom },
          ...(values.keptSentence ? [{ value: 'kept', label: texts.kept }] : []),
        ]}
      />
      {pattern && chosen === 'custom' && (
        <Parts pattern={pattern} date={date} errors={errors} onChange={change} />
      )}
      {pattern && (
        <Ends
          ends={pattern.ends}
          date={date}
          errors={errors}
          onChange={(ends) => change({ ...pattern, ends })}
        />
      )}
      {repeat.kind === 'kept' && (
        <div className={classes.meaning}>
          <p className={classes.sentence}>{values.keptSentence}</p>
          <p>{texts.keptNote}</p>
        </div>
      )}
      {pattern && (
        <Meaning
          pattern={pattern}
          date={date}
          values={values}
          onMoveStart={(first) =>
            onMoveStart(first, { kind: 'pattern', pattern, anchor: first, isCustom })
          }
        />
      )}
    </div>
  );
}

interface PartsProps {
  pattern: RecurrencePattern;
  date: string;
  errors: Partial<Record<string, ReactNode>>;
  onChange: (pattern: RecurrencePattern) => void;
}

function Parts({ pattern, date, errors, onChange }: PartsProps) {
  const units = texts.units(pattern.every);
  return (
    <>
      <div className={drawer.pair}>
        <Count
          label={texts.every}
          path="repeatEvery"
          value={pattern.every}
          error={errors['repeatEvery']}
          onChange={(every) => onChange({ ...pattern, every })}
        />
        <NativeSelect
          label={texts.unit}
          value={pattern.unit}
          onChange={(event) =>
            onChange(
              withUnit(pattern, event.currentTarget.value as RecurrencePattern['unit'], date),
            )
          }
          data={Object.entries(units).map(([value, label]) => ({ value, label }))}
        />
      </div>
      {pattern.unit === 'week' && (
        <Weekdays
          chosen={pattern.weekdays}
          error={errors['repeatWeekdays']}
          onChange={(weekdays) => onChange({ ...pattern, weekdays })}
        />
      )}
      {pattern.on && <Place pattern={pattern} date={date} onChange={onChange} />}
    </>
  );
}

function Weekdays(props: {
  chosen: readonly WeekdayCode[];
  error: ReactNode;
  onChange: (chosen: WeekdayCode[]) => void;
}) {
  const { chosen, error, onChange } = props;
  const toggle = (code: WeekdayCode) =>
    onChange(weekdayCodes.filter((each) => (each === code) !== chosen.includes(each)));
  return (
    <fieldset className={classes.weekdays} aria-describedby={error ? 'weekdays-error' : undefined}>
      <legend>{texts.weekdays}</legend>
      {weekdayCodes.map((code, index) => (
        <UnstyledButton
          key={code}
          className={classes.weekday}
          aria-pressed={chosen.includes(code)}
          data-path={index === 0 ? 'repeatWeekdays' : undefined}
          onClick={() => toggle(code)}
        >
          <span aria-hidden="true">{texts.weekdaysShort[index]}</span>
          <VisuallyHidden>{recurrenceTexts.weekdays[index]}</VisuallyHidden>
        </UnstyledButton>
      ))}
      {error && (
        <p id="weekdays-error" className={classes.error}>
          {error}
        </p>
      )}
    </fieldset>
  );
}

/** On which day of the month or year. One that the start is not on can stay, and is not offered anew. */
function Place({ pattern, date, onChange }: Omit<PartsProps, 'errors'>) {
  const offered = listPlaces(date);
  const key = (on: RecurrencePattern['on']) => JSON.stringify(on);
  const own = offered.some((on) => key(on) === key(pattern.on)) ? [] : [pattern.on];
  const places = [...own, ...offered].filter((on) => on !== null);
  return (
    <NativeSelect
      label={texts.place}
      value={key(pattern.on)}
      onChange={(event) => {
        const on = places.find((one) => key(one) === event.currentTarget.value) ?? null;
        // A date that is offered is that of the start, and so is its month.
        const month = pattern.month === null ? null : Number(date.slice(5, 7));
        onChange({ ...pattern, on, month });
      }}
      data={places.map((on) => ({ value: key(on), label: describePlace(on) }))}
    />
  );
}

function describePlace(on: NonNullable<RecurrencePattern['on']>): string {
  if ('nth' in on) {
    const weekday = recurrenceTexts.weekdays[weekdayCodes.indexOf(on.weekday)] ?? '';
    return recurrenceTexts.on(recurrenceTexts.nth(on.nth, weekday));
  }
  return recurrenceTexts.on(
    on.monthDay < 0
      ? recurrenceTexts.nth(on.monthDay, recurrenceTexts.day)
      : texts.monthDay(recurrenceTexts.ordinal(on.monthDay)),
  );
}

interface EndsProps {
  ends: RecurrenceEnd;
  date: string;
  errors: Partial<Record<string, ReactNode>>;
  onChange: (ends: RecurrenceEnd) => void;
}

const COUNT_AT_FIRST = 10;
const DAYS_AT_FIRST = 90;

/** A date takes more room than the word that it stands for. */
const endClasses = { never: undefined, on: classes.lastDate, after: drawer.pair };

function Ends({ ends, date, errors, onChange }: EndsProps) {
  const choose = (kind: string) => {
    if (kind === 'on') return onChange({ kind, date: addDays(date, DAYS_AT_FIRST) });
    onChange(kind === 'after' ? { kind, count: COUNT_AT_FIRST } : { kind: 'never' });
  };
  return (
    <div className={endClasses[ends.kind]}>
      <NativeSelect
        label={texts.ends}
        value={ends.kind}
        onChange={(event) => choose(event.currentTarget.value)}
        data={Object.entries(texts.endWords).map(([value, label]) => ({ value, label }))}
      />
      {ends.kind === 'on' && (
        <DateField
          label={texts.lastDate}
          pickerLabel={texts.pickLast}
          data-path="repeatUntil"
          value={ends.date}
          error={errors['repeatUntil']}
          onChange={(until) => onChange({ kind: 'on', date: until })}
        />
      )}
      {ends.kind === 'after' && (
        <Count
          label={texts.times}
          path="repeatCount"
          value={ends.count}
          error={errors['repeatCount']}
          onChange={(count) => onChange({ kind: 'after', count })}
        />
      )}
    </div>
  );
}

/** A number that is being typed; 0 stands for none. */
function Count(props: {
  label: string;
  path: string;
  value: number;
  error: ReactNode;
  onChange: (value: number) => void;
}) {
  return (
    <NumberInput
      label={props.label}
      data-path={props.path}
      value={props.value || ''}
      error={props.error}
      min={1}
      max={999}
      clampBehavior="none"
      allowDecimal={false}
      allowNegative={false}
      onChange={(value) => props.onChange(Number(value) || 0)}
    />
  );
}

interface MeaningProps {
  pattern: RecurrencePattern;
  date: string;
  values: EventValues;
  onMoveStart: (date: string) => void;
}

function Meaning({ pattern, date, values, onMoveStart }: MeaningProps) {
  const first = findFirstDate(pattern, date);
  const sentence = describePattern(pattern, date);
  const zone = values.isAllDay ? 'UTC' : usableZone(values.timeZone);
  const today = dayOf(useNow(), zone);
  const since = date > today || !values.recurrence ? date : today;
  const dates = sentence
    ? listDates(pattern, {
        date: startOfRule(values, date),
        since,
        skipped: (values.recurrence?.exdates ?? []).map((start) => start.slice(0, 10)),
        max: NEXT_SHOWN,
      })
    : [];
  return (
    <div className={classes.meaning}>
      <p className={classes.sentence} aria-live="polite">
        {sentence}
      </p>
      {dates.length > 0 && (
        <>
          <p id="next-dates">{texts.next}</p>
          <ol aria-labelledby="next-dates">
            {dates.map((each) => (
              <li key={each}>{formatDate(each)}</li>
            ))}
          </ol>
        </>
      )}
      {sentence && dates.length === 0 && <p>{texts.over}</p>}
      {first !== undefined && first !== date && (
        <>
          <p>{texts.startBesides}</p>
          <Button mt={6} size="compact-sm" variant="default" onClick={() => onMoveStart(first)}>
            {texts.beginOn(formatDate(first))}
          </Button>
        </>
      )}
    </div>
  );
}

/** Times of a rule that is not touched go on being counted from the start of the series, moved along. */
function startOfRule({ repeat, isRepeatChanged, countedFrom }: EventValues, date: string): string {
  if (isRepeatChanged || countedFrom === undefined || repeat.kind !== 'pattern') return date;
  const days = (Date.parse(date) - Date.parse(repeat.anchor)) / (24 * 60 * 60 * 1000);
  return addDays(countedFrom, days);
}
