/** Printed events, each kept for as long as its change key. */

import type { Prefer } from './query.ts';
import type { StoredEvent } from './state.ts';

/** A client that asks in ever new ways must not fill the memory. */
const VIEWS_PER_EVENT_MAX = 8;

interface Kept {
  changedSeq: number;
  /** By view. */
  texts: Map<string, string>;
}

/** An attendee's copy is an event of its own, and so is what a snapshot brings back. */
const kept = new WeakMap<StoredEvent, Kept>();

/** The event as it was printed for this view, else as `print` does it now. */
export function printOnce(event: StoredEvent, view: string, print: () => string): string {
  let known = kept.get(event);
  if (known?.changedSeq !== event.changedSeq) {
    kept.set(event, (known = { changedSeq: event.changedSeq, texts: new Map() }));
  }
  let text = known.texts.get(view);
  if (text === undefined) {
    if (known.texts.size >= VIEWS_PER_EVENT_MAX) known.texts.clear();
    known.texts.set(view, (text = print()));
  }
  return text;
}

/** What of `Prefer` shows in an event; the label of a zone is answered as it was asked. */
export const viewOfPrefer = (prefer: Prefer): string =>
  JSON.stringify([
    prefer.timeZone.label,
    prefer.bodyType,
    prefer.isImmutableId,
    prefer.allowsUnsafeHtml,
  ]);
