import { RecurrenceError, type Series } from '../../calendar/recurrence.ts';
import type { SeriesForm } from '../../sync/part.ts';
import { fromGraphRecurrence, type GraphForm, toGraphRecurrence } from './recurrence.ts';

/**
 * The series as one of Graph's, as the several that share its occurrences out, or date by date. Dates
 * that are left out are in none of them: those occurrences are deleted one by one.
 */
export function divideSeries(series: Series): SeriesForm {
  const form = toForm(series);
  if (form.kind === 'singles') return { kind: 'singles' };
  if (form.parts.length === 1) return { kind: 'whole' };
  const parts = form.parts.map((part) => fromGraphRecurrence(part.recurrence, part.when));
  return parts.every(isOne) ? { kind: 'parts', parts } : { kind: 'singles' };
}

/** Each is written as a series by itself, and has to be the same one then. */
function isOne(part: Series): boolean {
  const form = toForm(part);
  return form.kind === 'series' && form.parts.length === 1;
}

/** What its dates make impossible is no series of Graph's either. */
export function toForm({ when, recurrence }: Series): GraphForm {
  try {
    return toGraphRecurrence({ when, recurrence: { ...recurrence, exdates: [] } });
  } catch (error) {
    if (error instanceof RecurrenceError) return { kind: 'singles' };
    throw error;
  }
}
