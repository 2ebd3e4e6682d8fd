import type { CalendarOptions, EventDisplayInfo } from '@fullcalendar/react';
import type { Drawn } from './event-inputs.ts';
import classes from './calendar-grid.module.css';

/** How the component's parts look: all of it in our own style sheet, by our own tokens. */

const drawnOf = (info: { event: { extendedProps: object } }) =>
  (info.event.extendedProps as { drawn?: Drawn }).drawn;

const join = (...names: (string | false | undefined)[]) => names.filter(Boolean).join(' ');

function classOfEvent(info: EventDisplayInfo): string {
  const drawn = drawnOf(info);
  const own = drawn?.kind === 'own' ? drawn.event : undefined;
  return join(
    classes.event,
    classes[`tone-${drawn?.tone ?? 'here'}`],
    info.isPast && drawn?.kind === 'own' && classes.past,
    info.isDragging && classes.dragging,
    info.isSelected && classes.selected,
    drawn?.kind === 'busy' && classes.busy,
    drawn?.kind === 'more' && classes.rest,
    own?.is_declined && classes.declined,
    (own?.show_as === 'free' || own?.show_as === 'tentative') && classes.light,
  );
}

export const gridLook = {
  className: classes.grid,
  viewClass: classes.view,
  // Events.
  eventClass: classOfEvent,
  blockEventClass: classes.block,
  rowEventClass: (info) =>
    join(classes.row, info.isStart && classes.rowStart, info.isEnd && classes.rowEnd),
  rowEventInnerClass: classes.rowInner,
  rowEventAfterClass: (info) => (info.isEndResizable ? classes.rowHandle : ''),
  columnEventClass: (info) => join(classes.column, info.isEnd && classes.columnEnd),
  columnEventInnerClass: (info) => join(classes.columnInner, info.isShort && classes.short),
  columnEventAfterClass: (info) => (info.isEndResizable ? classes.columnHandle : ''),
  listItemEventClass: classes.item,
  listItemEventInnerClass: classes.itemInner,
  // What there was no room for.
  moreLinkClass: classes.more,
  rowMoreLinkClass: classes.rowMore,
  columnMoreLinkClass: classes.columnMore,
  columnMoreLinkInnerClass: classes.columnMoreInner,
  popoverClass: classes.popover,
  popoverCloseClass: classes.popoverClose,
  // Days and hours.
  tableHeaderClass: classes.head,
  dayHeaderRowClass: classes.headRow,
  dayHeaderClass: (info) => join(classes.dayHead, info.isToday && classes.todayHead),
  dayHeaderInnerClass: classes.dayHeadInner,
  dayHeaderDividerClass: classes.divider,
  dayRowClass: classes.dayRow,
  dayCellClass: (info) =>
    join(classes.cell, info.isToday && classes.today, info.isOther && classes.other),
  dayCellBottomClass: classes.cellBottom,
  dayCellTopClass: classes.cellTop,
  dayCellTopInnerClass: (info) => join(classes.number, info.isToday && classes.todayNumber),
  dayCellInnerClass: (info) => join(info.inPopover && classes.popoverBody),
  dayLaneClass: (info) => join(classes.hours, classes.cell, info.isToday && classes.today),
  dayLaneInnerClass: classes.lane,
  slotLaneClass: (info) => join(classes.slot, info.isMinor && classes.minor),
  slotHeaderClass: classes.hour,
  slotHeaderInnerClass: classes.hourInner,
  allDayHeaderClass: classes.hour,
  allDayHeaderInnerClass: classes.hourInner,
  allDayDividerClass: classes.divider,
  fillerClass: classes.filler,
  highlightClass: classes.highlight,
  nowIndicatorLineClass: classes.nowLine,
  nowIndicatorDotClass: classes.nowDot,
  navLinkClass: classes.link,
  // The agenda.
  listDaysClass: classes.days,
  listDayClass: classes.listDay,
  listDayHeaderClass: (info) => join(classes.listHead, info.isToday && classes.listToday),
  listDayHeaderInnerClass: classes.listHeadInner,
  listDayBodyClass: classes.listBody,
  noEventsClass: classes.none,
} satisfies CalendarOptions;
