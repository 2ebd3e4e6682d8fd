/** Serialised events, kept for as long as the version of the event lives. */

import type { StoredEvent } from './event.ts';
import { renderEvent, viewKey, type View } from './render.ts';

const VIEWS_PER_EVENT_MAX = 8;
const texts = new WeakMap<StoredEvent, Map<string, string>>();
const keys = new WeakMap<View, string>();

export function renderJson(event: StoredEvent, view: View): string {
  let key = keys.get(view);
  if (key === undefined) keys.set(view, (key = viewKey(view)));
  let known = texts.get(event);
  const cached = known?.get(key);
  if (cached !== undefined) return cached;
  const text = JSON.stringify(renderEvent(event, view));
  if (!known) texts.set(event, (known = new Map()));
  if (known.size >= VIEWS_PER_EVENT_MAX) known.clear();
  known.set(key, text);
  return text;
}
