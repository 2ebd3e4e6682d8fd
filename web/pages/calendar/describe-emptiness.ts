import { calendarPage as texts } from '../../texts.ts';
import type { View } from './span.ts';

interface Emptiness {
  view: View;
  /** Whether a week is some days of one. */
  isShort: boolean;
  /** Whether the server has answered what is in these days. */
  isKnown: boolean;
  isEmpty: boolean;
  /** Whether there are events in these days, in calendars that are not shown. */
  hasHidden: boolean;
}

/** What to say where nothing is drawn; nothing is claimed before it is known. */
export function describeEmptiness(props: Emptiness): string {
  const { view, isShort, isKnown, isEmpty, hasHidden } = props;
  if (!isKnown) return '';
  if (hasHidden) return texts.allHidden;
  if (!isEmpty) return '';
  return isShort && view === 'week' ? texts.noneInDays : texts.noneTitle[view];
}
