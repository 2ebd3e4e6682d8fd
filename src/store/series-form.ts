import type { Base } from '../sync/link.ts';
import type { LinkRow } from './database.ts';

/** Which series it is at its provider and how it recurs: exceptions hang on that, and on nothing else. */
export const formOf = ({ external_id }: Pick<LinkRow, 'external_id'>, { when, recurrence }: Base) =>
  JSON.stringify([external_id, inOrder(when?.remote), inOrder(recurrence?.remote)]);

/** The provider's id of the series that this copy of an exception hangs on; undefined: of none. */
export const entryOf = ({ series_form }: LinkRow): string | undefined =>
  series_form?.startsWith('[') ? JSON.parse(series_form)[0] : undefined;

/** What has been in the database has its members in another order. */
const inOrder = (value: object | null | undefined) =>
  Object.entries(value ?? {}).sort(([one], [other]) => (one < other ? -1 : 1));

/** Whether it is a copy of an exception of the series as that was last agreed on. */
export const isOfForm = ({ series_form }: LinkRow, seriesLink: LinkRow) =>
  !seriesLink.base || series_form === formOf(seriesLink, seriesLink.base);
