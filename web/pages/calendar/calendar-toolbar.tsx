import { ActionIcon, Button, SegmentedControl, Title } from '@mantine/core';
import type { RefObject } from 'react';
import { Icon } from '../../components/icons.tsx';
import { calendarPage as texts } from '../../texts.ts';
import { formatDate, formatLongDate, formatMonth, formatSpan } from '../../time/format.ts';
import classes from './calendar-page.module.css';
import { daysOf, stepFrom, type View, views, type Weeks } from './span.ts';

interface CalendarToolbarProps {
  view: View;
  date: string;
  weeks: Weeks;
  today: string;
  heading: RefObject<HTMLHeadingElement | null>;
  onGo: (to: { view?: View; date?: string }) => void;
  onNew: () => void;
  calendars: {
    isOpen: boolean;
    /** Of the panel beside the grid; undefined where they open over the page. */
    panelId: string | undefined;
    onToggle: () => void;
  };
}

/** Where one is in time, and the ways from there. */
export function CalendarToolbar(props: CalendarToolbarProps) {
  const { view, date, weeks, today, heading, onGo, onNew, calendars } = props;
  const { first, last } = daysOf(view, date, weeks);
  const isNow = first <= today && today <= last && (view !== 'month' || isSameMonth(date, today));
  const arrow = { variant: 'default', size: 36 } as const;
  return (
    <header className={classes.toolbar}>
      <div className={classes.steps}>
        <Button
          variant="default"
          onClick={() => onGo({ date: today })}
          data-here={isNow}
          className={classes.today}
        >
          {texts.today}
        </Button>
        <ActionIcon.Group>
          <ActionIcon
            {...arrow}
            aria-label={
              weeks.isShort && view === 'week' ? texts.previousDays : texts.previous[view]
            }
            onClick={() => onGo({ date: stepFrom(view, date, -1, weeks.isShort) })}
          >
            <span className={classes.arrow}>
              <Icon name="back" size={18} />
            </span>
          </ActionIcon>
          <ActionIcon
            {...arrow}
            aria-label={weeks.isShort && view === 'week' ? texts.nextDays : texts.next[view]}
            onClick={() => onGo({ date: stepFrom(view, date, 1, weeks.isShort) })}
          >
            <span className={classes.arrow}>
              <Icon name="next" size={18} />
            </span>
          </ActionIcon>
        </ActionIcon.Group>
      </div>
      <Title order={1} ref={heading} tabIndex={-1} className={classes.title} aria-live="polite">
        {titleOf(view, date, weeks)}
      </Title>
      <div className={classes.choices}>
        <Button
          variant="default"
          leftSection={<Icon name="calendar" size={18} />}
          onClick={calendars.onToggle}
          className={classes.calendars}
          aria-haspopup={calendars.panelId === undefined ? 'dialog' : undefined}
          aria-expanded={calendars.isOpen}
          aria-controls={calendars.isOpen ? calendars.panelId : undefined}
        >
          {texts.calendars}
        </Button>
        <SegmentedControl
          aria-label={texts.view}
          className={classes.views}
          value={view}
          onChange={(value) => onGo({ view: value as View })}
          data={views.map((value) => ({
            value,
            label: (
              <bdi>{weeks.isShort && value === 'week' ? texts.shortWeek : texts.views[value]}</bdi>
            ),
          }))}
        />
        <Button leftSection={<Icon name="plus" />} onClick={onNew} className={classes.new}>
          {texts.newEvent}
        </Button>
      </div>
    </header>
  );
}

const isSameMonth = (a: string, b: string) => a.slice(0, 7) === b.slice(0, 7);

function titleOf(view: View, date: string, weeks: Weeks): string {
  if (view === 'month') return formatMonth(date);
  // A phone has one line for it.
  if (view === 'day') return weeks.isShort ? formatDate(date) : formatLongDate(date);
  const { first, last } = daysOf(view, date, weeks);
  return formatSpan(first, last, weeks.isShort ? 'short' : 'long');
}
