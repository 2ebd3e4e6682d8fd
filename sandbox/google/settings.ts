/** The user's settings. Read-only by the API. */

import { ok, type Answer, type Call } from './call.ts';
import { invalid, notFound } from './errors.ts';
import { etagOf } from './events/event.ts';
import { printSyncToken, readSyncToken } from './sync-token.ts';

export function getSetting(call: Call): Answer {
  const id = call.path.setting ?? '';
  const setting = call.user.settings.get(id);
  if (!setting) throw notFound();
  return ok(renderSetting(id, setting));
}

/** Never more than a page: there are a dozen. */
export function listSettings(call: Call): Answer {
  const scope = `settings ${call.user.accountId}`;
  const text = call.query.text('syncToken');
  const token = text === undefined ? undefined : readSyncToken(text, scope);
  if (typeof token === 'string') throw invalid('Invalid sync token value.', 'syncToken');
  const items = [...call.user.settings]
    .filter(([, { stamp }]) => stamp > (token?.stamp ?? 0))
    .map(([id, setting]) => renderSetting(id, setting));
  const stamps = [...call.user.settings.values()].map(({ stamp }) => stamp);
  const latest = Math.max(0, ...stamps);
  return ok({
    kind: 'calendar#settings',
    etag: `"p3${latest.toString(32)}o"`,
    nextSyncToken: printSyncToken({ stamp: latest }, scope),
    items,
  });
}

function renderSetting(id: string, { value, stamp }: { value: string; stamp: number }): object {
  return { kind: 'calendar#setting', etag: etagOf(stamp), id, value };
}
