import type { Activity } from '../../src/api/schemas/activities.ts';
import { useShortcuts } from '../components/shortcuts.ts';
import { shortcuts as texts } from '../texts.ts';

/** Marks an event's row with its id, for the keys that are about the row that has the focus. */
export const ROW_ATTRIBUTE = 'data-activity';

interface LeadKeys {
  activities: readonly Activity[];
  onNew: (() => void) | undefined;
  onEdit: (activity: Activity) => void;
  onDelete: (activity: Activity) => void;
  onHistory: (activity: Activity) => void;
}

/** The keys of a lead's page. Those for one event are for the one that has the focus. */
export function useLeadShortcuts({
  activities,
  onNew,
  onEdit,
  onDelete,
  onHistory,
}: LeadKeys): void {
  const withFocused =
    (isFor: (activity: Activity) => boolean, run: (activity: Activity) => void) => () => {
      const id = document.activeElement?.closest(`[${ROW_ATTRIBUTE}]`)?.getAttribute(ROW_ATTRIBUTE);
      const activity = activities.find((one) => one.id === id);
      if (activity && isFor(activity)) run(activity);
    };
  const isLive = ({ can_edit, status }: Activity) => can_edit && status !== 'cancelled';
  useShortcuts([
    { key: 'n', label: texts.newEvent, run: () => onNew?.() },
    { key: 'j', label: texts.next, run: () => moveFocus(1) },
    { key: 'k', label: texts.previous, run: () => moveFocus(-1) },
    { key: 'e', label: texts.edit, run: withFocused(isLive, onEdit) },
    { key: 'h', label: texts.history, run: withFocused(isOwn, onHistory) },
    { key: '#', label: texts.delete, run: withFocused(({ can_edit }) => can_edit, onDelete) },
  ]);
}

/** Only one's own event tells where its copies are. */
const isOwn = ({ can_edit, copies }: Activity) => can_edit || copies.length > 0;

/** To the heading of the next event, or of the one before; from elsewhere to the first. */
function moveFocus(step: 1 | -1): void {
  const rows = [...document.querySelectorAll(`[${ROW_ATTRIBUTE}]`)];
  const current = document.activeElement?.closest(`[${ROW_ATTRIBUTE}]`);
  const at = current ? rows.indexOf(current) + step : 0;
  rows[at]?.querySelector<HTMLElement>('h4')?.focus();
}
