import type { EventFields } from '../calendar/event.ts';
import type { HistoryView } from '../store/history-views.ts';
import { toFieldsView } from './event-words.ts';
import type { HistoryEntry } from './schemas/history.ts';

/** A change as the activity's owner sees it. */
export function viewHistoryEntry(view: HistoryView): HistoryEntry {
  const { entry, userName, account, canUndo } = view;
  return {
    id: entry.id,
    at: entry.at.toISOString(),
    user: userName,
    account,
    change: entry.change === 'conflict' && entry.user_id !== null ? 'settled' : entry.change,
    before: toView(entry.before),
    after: toView(entry.after),
    undoes: entry.undoes,
    can_undo: canUndo,
  };
}

function toView(fields: unknown) {
  return fields === null ? null : toFieldsView(fields as Partial<EventFields>);
}
