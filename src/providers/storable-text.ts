import type { RemoteEvent } from './provider.ts';
import { ProviderError } from './provider-error.ts';

/** Half of a pair that makes one character. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Whether PostgreSQL can hold the text: no NUL, and whole characters only. */
export const isStorable = (text: string) => !text.includes('\0') && !LONE_SURROGATE.test(text);

/** Throws `malformed-answer` when a text of the event cannot be stored as it is. */
export function checkTexts(event: RemoteEvent): RemoteEvent {
  const { title, description, location } = event.fields;
  const isWhole =
    isStorable(title) &&
    isStorable(description) &&
    isStorable(location) &&
    isStorable(event.externalId) &&
    isStorable(event.etag) &&
    isStorable(event.iCalUid ?? '') &&
    isStorable(event.organizer ?? '') &&
    event.fields.attendees.every(({ email, name }) => isStorable(email) && isStorable(name)) &&
    event.warnings.every(isStorable);
  if (isWhole) return event;
  throw new ProviderError('malformed-answer', 'An event has text with broken characters in it.');
}
